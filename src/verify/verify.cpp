#include "faltung/verify.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/visit.h"
#include "problem/tolerance.h"
#include "verify/device_mirror.h"
#include "verify/verify_data.h"
#include "verify/verify_plan.h"

namespace faltung {
namespace {

// An unlucky seed can make everything cancel, or a relu cut everything off, where only a few elements are computed.
constexpr int attempts = 8;

std::complex<double> rounded_to(DType dtype, std::complex<double> value) {
  return visit(dtype, [&]<class T>(ElementType<T>) { return convert<std::complex<double>>(stored<T>(value)); });
}

class Comparing {
 public:
  Comparing(const ConvProblem& problem, const Tolerance& tolerance, Comparison& found)
      : dtype_(problem.written().dtype), tolerance_(tolerance), found_(found) {}

  void element(const Dims& index, std::complex<double> got, std::complex<double> exact, bool nonzero) {
    const std::complex<double> want = rounded_to(dtype_, exact);
    ++found_.compared;
    found_.nonzero += nonzero && want != 0.0;
    const bool right = part(got.real(), want.real()) & part(got.imag(), want.imag());
    if (right || found_.wrong++ > 0) return;
    found_.first_wrong = index;
    found_.reason = is_complex(dtype_)
                        ? fmt::format("{} + {}i, should be {} + {}i", got.real(), got.imag(), want.real(), want.imag())
                        : fmt::format("{}, should be {}", got.real(), want.real());
  }

 private:
  bool part(double got, double want) {
    const double error = got == want ? 0 : std::abs(got - want);
    if (!(error <= found_.max_error)) found_.max_error = error;  // NaN too
    found_.tolerance = std::max(found_.tolerance, std::isfinite(want) ? tolerance_.at(want) : 0);
    return tolerance_.admits(got, want);
  }

  DType dtype_;
  Tolerance tolerance_;
  Comparison& found_;
};

Comparison run_once(const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed) {
  const int range = std::max(exact_range(problem), 1);
  VerifyData data(problem, seed, range);
  data.remember();
  GuardedBytes workspace(runnable.workspace_bytes, 64);
  std::vector<std::vector<std::byte>*> memory = data.memory();
  memory.push_back(&workspace.whole());
  DeviceMirror mirror(runnable.device, memory);
  mirror.upload();
  runnable.run(mirror.at(data.operands()), {mirror.at(workspace.data()), workspace.size()});
  mirror.download();

  Comparison found;
  Comparing compare(problem, tolerance_of(problem, runnable.accuracy, range, true), found);
  const std::vector<std::complex<double>> plain = data.plain_result();
  std::size_t i = 0;
  for_each_index(data.written().extents(), [&](const Dims& index) {
    compare.element(index, data.written().get(index), data.expected(index, plain[i]), plain[i] != 0.0);
    ++i;
  });
  if (found.wrong > 0)
    found.reason = fmt::format("{} of {} wrong, first at [{}]: {}", found.wrong, found.compared,
                               fmt::join(found.first_wrong.begin(), found.first_wrong.end(), ", "), found.reason);
  else if (!workspace.guards_hold())
    found.reason = "wrote around its workspace";
  else
    found.reason = data.damage();
  found.outcome = found.reason.empty() ? Outcome::passed : Outcome::failed;
  return found;
}

}  // namespace

Comparison verify_run(const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed) {
  Comparison found;
  for (int i = 0; i < attempts; ++i) {
    found = run_once(problem, runnable, seed + static_cast<std::uint64_t>(i) * 1000003);
    if (!found.passed() || found.nonzero > 0) return found;
  }
  if (!is_always_zero(problem)) {
    found.outcome = Outcome::failed;
    found.reason = "nothing non-zero was compared";
  }
  return found;
}

Comparison verify(const ConvProblem& problem, const Policy& policy, Context& context, std::uint64_t seed) {
  try {
    const CompiledConv compiled = compile(problem, policy, context);
    const auto run = [&](const Operands& operands, Workspace workspace) { compiled.run(operands, workspace); };
    Comparison found = verify_run(
        compiled.problem(), {compiled.workspace_bytes(), run, compiled.selection().accuracy, context.device()}, seed);
    found.engine = compiled.engine();
    return found;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unsupported) throw;
    return {.outcome = Outcome::refused, .reason = error.what()};
  }
}

std::string_view name_of(Outcome outcome) noexcept {
  return outcome == Outcome::passed ? "passed" : outcome == Outcome::failed ? "failed" : "refused";
}

std::string print(const Comparison& c) {
  if (!c.passed()) return fmt::format("{}: {}", name_of(c.outcome), c.reason);
  const std::string within = c.tolerance == 0
                                 ? "bit for bit"
                                 : fmt::format("within {:.3g} (greatest difference {:.3g})", c.tolerance, c.max_error);
  return fmt::format("passed: {} elements, {} non-zero, {}", c.compared, c.nonzero, within);
}

}  // namespace faltung

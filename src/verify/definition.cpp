#include "verify/definition.h"

#include <algorithm>
#include <deque>
#include <span>
#include <utility>

#include "base/never_destroyed.h"
#include "faltung/compile.h"
#include "faltung/engine.h"
#include "plan/registry.h"
#include "verify/guarded_operand.h"

namespace faltung {
namespace {

constexpr Role roles[] = {Role::x, Role::w, Role::y};
constexpr double few_flops = 1e6;  // starting threads would take longer

DType widest_like(DType dtype) noexcept {
  return is_complex(dtype) ? DType::cf64 : is_integer(dtype) ? DType::i64 : DType::f64;
}

// The same geometry and conjugations; dense, wide, and nothing but the sum.
ConvProblem plain_form(const ConvProblem& problem) {
  ConvProblem plain{.pass = problem.pass, .geometry = problem.geometry, .padding_mode = problem.padding_mode};
  for (const Role role : roles) {
    Operand& operand = plain.operand(role);
    operand.dtype = widest_like(problem.x.dtype);  // of a quantised problem y may be of another kind
    operand.conjugate = problem.operand(role).conjugate;
    operand.strides = operand_strides(plain.geometry, role, MemoryFormat::contiguous);
  }
  return canonical(plain);
}

struct Wide {
  std::vector<std::complex<double>> complex;
  std::vector<double> real;
  std::vector<std::int64_t> integer;

  Wide(DType dtype, std::size_t count) {
    if (dtype == DType::cf64) complex.resize(count);
    if (dtype == DType::f64) real.resize(count);
    if (dtype == DType::i64) integer.resize(count);
  }
  void* data() {
    return !complex.empty() ? static_cast<void*>(complex.data())
           : !real.empty()  ? static_cast<void*>(real.data())
                            : integer.data();
  }
  void set(std::size_t i, std::complex<double> value) {
    if (!complex.empty()) complex[i] = value;
    if (!real.empty()) real[i] = value.real();
    if (!integer.empty()) integer[i] = static_cast<std::int64_t>(value.real());
  }
  std::span<const std::byte> bytes() const {
    return !complex.empty() ? std::as_bytes(std::span(complex))
           : !real.empty()  ? std::as_bytes(std::span(real))
                            : std::as_bytes(std::span(integer));
  }
  // NaN equals itself here.
  bool operator==(const Wide& other) const {
    const auto mine = bytes(), others = other.bytes();
    return std::equal(mine.begin(), mine.end(), others.begin(), others.end());
  }
  std::complex<double> get(std::size_t i) const {
    return !complex.empty() ? complex[i] : !real.empty() ? real[i] : static_cast<double>(integer[i]);
  }
};

std::size_t count_of(const Dims& extents) {
  std::size_t count = 1;
  for (const std::int64_t extent : extents) count *= static_cast<std::size_t>(extent);
  return count;
}

// The definition runs on the CPU.
std::string reference_name() {
  for (const Registration& r : built_in_engines())
    if (r.engine && r.engine->kind() == Engine::Kind::last_resort && r.engine->device() == DeviceType::cpu)
      return r.name;
  throw Error(ErrorCode::Unsupported, "no engine of this build defines what is right");
}

using Sums = std::vector<std::complex<double>>;

// The sums that were asked for last: every variant asks for the same ones, and so do types that are given the same
// numbers.
class RecentSums {
 public:
  const Sums* find(const ConvProblem& plain, const std::vector<Wide>& operands) const {
    for (const Entry& entry : entries_)
      if (entry.plain == plain && entry.operands == operands) return &entry.sums;
    return nullptr;
  }
  void add(const ConvProblem& plain, std::vector<Wide> operands, const Sums& sums) {
    std::size_t bytes = 0;
    for (const Wide& operand : operands) bytes += operand.bytes().size();
    if (bytes > most_bytes) return;
    if (entries_.size() == most_entries) entries_.pop_back();
    entries_.push_front({plain, std::move(operands), sums});
  }

 private:
  static constexpr std::size_t most_entries = 24, most_bytes = 1 << 20;
  struct Entry {
    ConvProblem plain;
    std::vector<Wide> operands;
    Sums sums;
  };
  std::deque<Entry> entries_;
};

Sums run_reference(const ConvProblem& plain, std::vector<Wide>& operands) {
  const Role written = written_role(plain.pass);
  Wide result(plain.operand(written).dtype, count_of(extents_of(plain.geometry, written)));
  void* data[] = {operands[0].data(), operands[1].data(), operands[2].data()};
  data[static_cast<std::size_t>(written)] = result.data();
  const CompiledConv compiled =
      compile(plain, {.only = reference_name(), .threads = flops_of(plain) < few_flops ? 1 : 0});
  compiled.run({.x = data[0], .w = data[1], .y = data[2]});
  Sums sums(count_of(extents_of(plain.geometry, written)));
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = result.get(i);
  return sums;
}

}  // namespace

std::vector<std::complex<double>> sum_as_defined(
    const ConvProblem& problem, const std::function<std::complex<double>(Role, const Dims& index)>& value) {
  RecentSums* const recent = PerThread<RecentSums>::get();
  const ConvProblem plain = plain_form(problem);
  std::vector<Wide> operands;
  for (const Role role : roles) {
    const bool read = role != written_role(plain.pass);
    const Dims extents = extents_of(plain.geometry, role);
    Wide& numbers = operands.emplace_back(plain.operand(role).dtype, read ? count_of(extents) : 0);
    std::size_t i = 0;
    if (read) for_each_index(extents, [&](const Dims& index) { numbers.set(i++, value(role, index)); });
  }
  if (const Sums* known = recent ? recent->find(plain, operands) : nullptr) return *known;
  Sums sums = run_reference(plain, operands);
  if (recent) recent->add(plain, std::move(operands), sums);
  return sums;
}

bool is_always_zero(const ConvProblem& problem) {
  for (const std::complex<double>& sum : sum_as_defined(problem, [](Role, const Dims&) { return 1.0; }))
    if (sum != 0.0) return false;
  return true;
}

}  // namespace faltung

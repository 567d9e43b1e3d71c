#include "verify/definition.h"

#include "faltung/compile.h"
#include "plan/engine.h"
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
  ConvProblem plain{.pass = problem.pass, .geometry = problem.geometry};
  for (const Role role : roles) {
    Operand& operand = plain.operand(role);
    operand.dtype = widest_like(problem.operand(role).dtype);
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

}  // namespace

std::vector<std::complex<double>> sum_as_defined(
    const ConvProblem& problem, const std::function<std::complex<double>(Role, const Dims& index)>& value) {
  const ConvProblem plain = plain_form(problem);
  std::vector<Wide> wide;
  for (const Role role : roles) {
    const Dims extents = extents_of(plain.geometry, role);
    Wide& numbers = wide.emplace_back(plain.operand(role).dtype, count_of(extents));
    std::size_t i = 0;
    if (role != written_role(plain.pass))
      for_each_index(extents, [&](const Dims& index) { numbers.set(i++, value(role, index)); });
  }
  const CompiledConv compiled =
      compile(plain, {.only = reference_name(), .threads = flops_of(plain) < few_flops ? 1 : 0});
  compiled.run({.x = wide[0].data(), .w = wide[1].data(), .y = wide[2].data()});
  const Role written = written_role(plain.pass);
  std::vector<std::complex<double>> result(count_of(extents_of(plain.geometry, written)));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = wide[static_cast<std::size_t>(written)].get(i);
  return result;
}

bool is_always_zero(const ConvProblem& problem) {
  for (const std::complex<double>& sum : sum_as_defined(problem, [](Role, const Dims&) { return 1.0; }))
    if (sum != 0.0) return false;
  return true;
}

}  // namespace faltung

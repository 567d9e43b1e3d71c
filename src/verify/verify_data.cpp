#include "verify/verify_data.h"

#include "base/visit.h"
#include "plan/engine.h"
#include "plan/registry.h"
#include "problem/epilogue.h"

namespace faltung {
namespace {

constexpr double alpha = 2;  // not 1, so that forgetting it shows
constexpr Role roles[] = {Role::x, Role::w, Role::y};

// Steele, Lea and Flood's SplitMix64: a hash good enough that neighbours look unrelated.
std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

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

// Runs the plain form of the problem on what `value(role, index)` says.
template <class Value>
std::vector<std::complex<double>> run_plain(const ConvProblem& problem, Value&& value) {
  const ConvProblem plain = plain_form(problem);
  std::vector<Wide> wide;
  for (const Role role : roles) {
    const Dims extents = extents_of(plain.geometry, role);
    Wide& numbers = wide.emplace_back(plain.operand(role).dtype, count_of(extents));
    std::size_t i = 0;
    if (role != written_role(plain.pass))
      for_each_index(extents, [&](const Dims& index) { numbers.set(i++, value(role, index)); });
  }
  const CompiledConv compiled = compile(plain, {.only = reference_name()});
  compiled.run({.x = wide[0].data(), .w = wide[1].data(), .y = wide[2].data()});
  const Role written = written_role(plain.pass);
  std::vector<std::complex<double>> result(count_of(extents_of(plain.geometry, written)));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = wide[static_cast<std::size_t>(written)].get(i);
  return result;
}

}  // namespace

VerifyData::VerifyData(const ConvProblem& problem, std::uint64_t seed, int range)
    : problem_(problem), seed_(seed), range_(range) {
  const Role target = written_role(problem.pass);
  for (const Role role : roles) {
    operands_.emplace_back(extents_of(problem.geometry, role), problem.operand(role));
    if (role != target || problem.accumulate) fill(operands_.back(), static_cast<std::uint64_t>(role));
  }
  if (problem.accumulate) old_ = operand(target);
  if (problem.epilogue.add) fill(z_.emplace(operand(target).extents(), problem.written()), 3);
  if (problem.epilogue.bias) {
    const Dims& extents = operand(target).extents();
    const std::int64_t channels = extents[1] * extents[2];
    fill(bias_.emplace(Dims{channels}, Operand{.dtype = problem.written().dtype, .strides = Dims{1}}), 4);
  }
}

std::vector<std::vector<std::byte>*> VerifyData::memory() {
  std::vector<std::vector<std::byte>*> all;
  for (GuardedOperand& operand : operands_) all.push_back(&operand.memory());
  if (bias_) all.push_back(&bias_->memory());
  if (z_) all.push_back(&z_->memory());
  return all;
}

void VerifyData::fill(GuardedOperand& target, std::uint64_t salt) const {
  const auto draw = [&](std::uint64_t key) {
    return static_cast<double>(static_cast<int>(mix(key) % static_cast<std::uint64_t>(2 * range_ + 1)) - range_);
  };
  std::uint64_t key = mix(mix(seed_) + salt);
  for_each_index(target.extents(), [&](const Dims& index) {
    target.set(index, {draw(key), draw(~key)});
    ++key;
  });
}

Operands VerifyData::operands() {
  Operands all{.x = operand(Role::x).pointer(),
               .w = operand(Role::w).pointer(),
               .y = operand(Role::y).pointer(),
               .alpha = alpha};
  if (bias_) all.bias = bias_->pointer();
  if (z_) all.z = z_->pointer();
  return all;
}

void VerifyData::remember() {
  for (GuardedOperand& each : operands_) each.remember();
  if (bias_) bias_->remember();
  if (z_) z_->remember();
}

std::string VerifyData::damage() const {
  constexpr const char* names[] = {"x", "w", "y"};
  const auto target = static_cast<std::size_t>(written_role(problem_.pass));
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    if (i == target && !operands_[i].unchanged_around_elements())
      return std::string("wrote to memory around the elements of ") + names[i];
    if (i != target && !operands_[i].unchanged())
      return std::string("wrote to ") + names[i] + ", which is only to be read";
  }
  if (bias_ && !bias_->unchanged()) return "wrote to the bias";
  if (z_ && !z_->unchanged()) return "wrote to z";
  return {};
}

std::vector<std::complex<double>> VerifyData::plain_result() {
  return run_plain(problem_, [&](Role role, const Dims& index) { return operand(role).get(index); });
}

std::complex<double> VerifyData::expected(const Dims& index, std::complex<double> plain) const {
  const std::complex<double> z = z_ ? z_->get(index) : 0;
  const std::complex<double> old = old_ ? old_->get(index) : 0;
  const std::int64_t channels = operands_[static_cast<std::size_t>(written_role(problem_.pass))].extents()[2];
  const std::complex<double> bias = bias_ ? bias_->get(Dims{index[1] * channels + index[2]}) : 0;
  if (is_complex(problem_.written().dtype))
    return finish<std::complex<double>>(problem_.epilogue, plain, alpha, z, bias) + old;
  return finish(problem_.epilogue, plain.real(), alpha, z.real(), bias.real()) + old.real();
}

bool is_always_zero(const ConvProblem& problem) {
  for (const std::complex<double>& sum : run_plain(problem, [](Role, const Dims&) { return std::complex<double>(1); }))
    if (sum != 0.0) return false;
  return true;
}

}  // namespace faltung

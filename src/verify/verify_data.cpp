#include "verify/verify_data.h"

#include "problem/epilogue.h"

namespace faltung {
namespace {

constexpr double alpha = 2;  // not 1, so that forgetting it shows

}  // namespace

VerifyData::VerifyData(const ConvProblem& problem, const TestNumbers& numbers, bool in_place)
    : problem_(problem), in_place_(in_place), quantization_(problem, numbers) {
  const Role target = written_role(problem.pass);
  for (const Role role : {Role::x, Role::w, Role::y}) {
    GuardedOperand& operand = operands_.emplace_back(extents_of(problem.geometry, role), problem.operand(role));
    if (role == target) continue;
    std::uint64_t position = 0;
    for_each_index(operand.extents(), [&](const Dims& index) {
      const double zero = quantization_.zero(role, index);
      operand.set(index, numbers.factor(role, index, position++) + zero);
    });
  }
  if (problem.accumulate || in_place)
    fill(operands_[static_cast<std::size_t>(target)], numbers, in_place ? Addend::z : Addend::old);
  if (problem.accumulate) old_ = written();
  if (problem.epilogue.add) fill(z_.emplace(written().extents(), problem.written()), numbers, Addend::z);
  if (problem.epilogue.bias) {
    const std::int64_t channels = written().extents()[1] * written().extents()[2];
    fill(bias_.emplace(Dims{channels}, Operand{.dtype = bias_type(problem), .strides = Dims{1}}), numbers,
         Addend::bias);
  }
}

std::vector<std::vector<std::byte>*> VerifyData::memory() {
  std::vector<std::vector<std::byte>*> all;
  for (GuardedOperand& operand : operands_) all.push_back(&operand.memory());
  if (bias_) all.push_back(&bias_->memory());
  if (z_) all.push_back(&z_->memory());
  return all;
}

void VerifyData::fill(GuardedOperand& target, const TestNumbers& numbers, Addend addend) const {
  std::uint64_t position = 0;
  for_each_index(target.extents(), [&](const Dims& index) { target.set(index, numbers.addend(addend, position++)); });
}

Operands VerifyData::operands() {
  Operands all{.x = operands_[0].pointer(), .w = operands_[1].pointer(), .y = operands_[2].pointer()};
  if (bias_) all.bias = bias_->pointer();
  values_ = quantization_.values();
  if (problem_.epilogue.quantized) all.quantization = &values_;
  if (!z_) return all;
  all.z = in_place_ ? all.get(written_role(problem_.pass)) : z_->pointer();
  all.alpha = alpha;
  return all;
}

std::complex<double> VerifyData::factor(Role role, const Dims& index) const {
  return operand(role).get(index) - static_cast<double>(quantization_.zero(role, index));
}

void VerifyData::spoil_weights() {
  std::vector<std::byte>& bytes = operands_[static_cast<std::size_t>(Role::w)].memory();
  std::fill(bytes.begin(), bytes.end(), std::byte{0xff});
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

std::complex<double> VerifyData::expected(const Dims& index, std::complex<double> sum) const {
  const std::complex<double> z = z_ ? z_->get(index) : 0;
  const std::complex<double> old = before(index);
  const std::int64_t channels = written().extents()[2];
  const std::complex<double> bias = bias_ ? bias_->get(Dims{index[1] * channels + index[2]}) : 0;
  if (problem_.epilogue.quantized)
    return quantization_.result(index[1] * channels + index[2], sum.real() + bias.real());
  if (is_complex(problem_.written().dtype))
    return finish<std::complex<double>>(problem_.epilogue, sum, alpha, z, bias) + old;
  return finish(problem_.epilogue, sum.real(), alpha, z.real(), bias.real()) + old.real();
}

}  // namespace faltung

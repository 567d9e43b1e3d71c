#include "measure/measure.h"

#include <algorithm>

#include "base/float_environment.h"
#include "base/fma_peak.h"
#include "device/backend.h"
#include "plan/prepare.h"
#include "problem/geometry.h"
#include "problem/quantized.h"

namespace faltung {

namespace {

// So many elements, and guard_bytes before and behind them.
Tensor guarded(Filling filling, std::int64_t count, DType dtype, Device device) {
  return filled(filling, count + 2 * guard_bytes / static_cast<std::int64_t>(size_of(dtype)), dtype, device);
}

// Storage from the lowest to the highest element that the strides reach; `first` is the address of index 0.
Tensor reach_of(const ConvProblem& problem, Role role, Device device, Filling filling, void*& first) {
  const Dims extents = extents_of(problem.geometry, role);
  const Operand& operand = problem.operand(role);
  std::int64_t low = 0, high = 0;
  for (int i = 0; i < extents.size(); ++i) {
    const std::int64_t reach = std::max<std::int64_t>(extents[i] - 1, 0) * operand.strides[i];
    (reach < 0 ? low : high) += reach;
  }
  Tensor tensor = guarded(filling, high - low + 1, operand.dtype, device);
  first = tensor.as<std::byte>() + guard_bytes - low * static_cast<std::int64_t>(size_of(operand.dtype));
  return tensor;
}

}  // namespace

OperandStorage::OperandStorage(const ConvProblem& problem, Device device, Filling filling)
    : weights_are_constant_(problem.constant_weights) {
  storage_.push_back(reach_of(problem, Role::x, device, filling, operands_.x));
  storage_.push_back(reach_of(problem, Role::w, device, filling, operands_.w));
  storage_.push_back(reach_of(problem, Role::y, device, filling, operands_.y));
  const Role written = written_role(problem.pass);
  if (problem.epilogue.bias) {
    storage_.push_back(guarded(filling, total_channels(problem.geometry, written), bias_type(problem), device));
    operands_.bias = storage_.back().as<std::byte>() + guard_bytes;
  }
  if (problem.epilogue.add) {
    void* z = nullptr;
    storage_.push_back(reach_of(problem, written, device, filling, z));
    operands_.z = z;
  }
  if (problem.epilogue.quantized) set_quantization(problem);
}

// Scales that bring sums of small numbers to a few units, and no zero points but those of the inputs.
void OperandStorage::set_quantization(const ConvProblem& problem) {
  const auto channels = static_cast<std::size_t>(total_channels(problem.geometry, Role::y));
  quantization_ = std::make_shared<Values>();
  Values& values = *quantization_;
  values.scale.assign(channels, 0.125F);
  values.w_zero.assign(channels, 1);
  values.given = {.scale = problem.y.dtype == DType::i32 ? nullptr : values.scale.data(),
                  .w_zero = problem.epilogue.weight_zeros ? values.w_zero.data() : nullptr,
                  .x_zero = 1};
  operands_.quantization = &values.given;
}

std::vector<TensorView> OperandStorage::guard_zones() const {
  std::vector<TensorView> zones;
  for (const Tensor& whole : storage_)
    for (const TensorView& zone : guard_zones_of(whole)) zones.push_back(zone);
  return zones;
}

std::vector<TensorView> guard_zones_of(const Tensor& whole) {
  const std::int64_t bytes = whole.numel() * static_cast<std::int64_t>(size_of(whole.dtype));
  TensorView all = TensorView(whole.data, DType::i8, {bytes}, {1});
  all.device = whole.device;
  return {all.narrow(0, 0, guard_bytes), all.narrow(0, bytes - guard_bytes, guard_bytes)};
}

WorkspaceStorage::WorkspaceStorage(const Plan& plan, Device device)
    : whole_(Tensor::empty({static_cast<std::int64_t>(plan.workspace_bytes()) + 2 * guard_bytes}, DType::i8,
                           MemoryFormat::contiguous, device)) {
  for (const TensorView& zone : guard_zones_of(whole_)) fill(zone, 0);
}

Workspace WorkspaceStorage::get() const noexcept {
  return {whole_.as<std::byte>() + guard_bytes, static_cast<std::size_t>(whole_.numel() - 2 * guard_bytes)};
}

PlanOperands::PlanOperands(const Plan& plan, const OperandStorage& storage, const Execution& execution)
    : operands_(storage.operands()) {
  if (!storage.weights_are_constant()) return;
  prepared_ = prepare(plan, operands_.w, execution);
  operands_.prepared = prepared_in(prepared_);
}

Timing time_plan(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                 const TimingBudget& budget) {
  return backend_of(execution.stream.device.type).time_plan(plan, storage, execution, budget);
}

double measured_peak(DType dtype, int threads, double seconds) {
  const DefaultFloatEnvironment scope;
  const bool wide = size_of(real_of(accumulator_of(dtype))) == 8;
  return wide ? fma_peak_f64(threads, seconds) : fma_peak_f32(threads, seconds);
}

}  // namespace faltung

#include "engines/cpu/gemm/quantized_plan.h"

#include <fmt/format.h>

#include "compose/composite_plan.h"
#include "engines/cpu/gemm/quantized_depthwise.h"
#include "engines/cpu/gemm/staging.h"
#include "kernels/gemm/packed_integers.h"
#include "problem/geometry.h"
#include "problem/quantized.h"

namespace faltung::cpu_gemm {
namespace {

// Where w has zero points, distances from them need more than 8 bits.
Words words_for(const ConvProblem& problem, const DeviceInfo& device) {
  const bool has_quads = device.has(gemm::quad_feature());
  return has_quads && !problem.epilogue.weight_zeros ? Words::quads : Words::pairs;
}

// Unsigned bytes u stand for x − x_zero = u − (x_zero + shift): a channel's sum is too large by that times the sum of
// its weights, in the padding too, which holds x_zero.
class QuantizedPlan final : public Plan {
 public:
  QuantizedPlan(const ConvProblem& problem, const DeviceInfo& device, const Thrift& thrift)
      : problem_(problem),
        words_(words_for(problem, device)),
        staging_(problem, words_),
        product_(make_plan_of(words_, staging_.part(), device, thrift)) {
    x_bytes_ = whole_lines(staging_.reads_x() ? 0 : staging_.x_bytes());
    w_bytes_ = whole_lines(staging_.w_bytes());
    vector_bytes_ = words_ == Words::quads ? whole_lines(channels() * 4) : 0;
    promise(Accuracy::reassociated, product_->seconds() + copying_seconds(device));
  }

  std::size_t workspace_bytes() const override {
    return x_bytes_ + w_bytes_ + 2 * vector_bytes_ + product_->workspace_bytes();
  }
  std::size_t prepared_bytes() const override {
    return problem_.epilogue.weight_zeros
               ? 0
               : whole_lines(static_cast<std::int64_t>(product_->prepared_bytes())) + vector_bytes_;
  }

  // The product's, then the sums of the weights.
  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    if (prepared_bytes() == 0) return;
    const Tensor copy = Tensor::empty({static_cast<std::int64_t>(w_bytes_)}, DType::i8);
    staging_.copy_w(w, nullptr, copy.as<std::byte>(), execution);
    product_->prepare(copy.data, prepared, execution);
    if (vector_bytes_ > 0) staging_.sum_w(copy.as<std::byte>(), sums_in(prepared));
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    if (numel_of(problem_.geometry, Role::y) == 0) return;
    std::byte* const x = workspace.data();
    std::byte* const w = x + x_bytes_;
    auto* const sums = reinterpret_cast<std::int32_t*>(w + w_bytes_);
    Operands part{.x = operands.x, .w = w, .y = operands.y, .bias = operands.bias};
    part.quantization = operands.quantization;
    part.prepared = operands.prepared;
    if (!staging_.reads_x()) staging_.copy_x(operands, x, execution), part.x = x;
    if (!operands.prepared) staging_.copy_w(operands.w, operands.quantization->w_zero, w, execution);
    if (words_ == Words::quads) {
      if (!operands.prepared) staging_.sum_w(w, sums);
      auto* const bias = reinterpret_cast<std::int32_t*>(w + w_bytes_ + vector_bytes_);
      set_bias(operands, operands.prepared ? sums_in(operands.prepared) : sums, bias);
      part.bias = bias;
    }
    const std::size_t used = x_bytes_ + w_bytes_ + 2 * vector_bytes_;
    product_->run(part, {workspace.data() + used, workspace.size() - used}, execution);
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.gemm: quantised, by products of {}{}",
                             words_ == Words::quads ? "four bytes" : "two 16-bit integers",
                             staging_.reads_x() ? "" : ", x copied with its padding"));
    outline.child(*product_);
  }

  std::size_t footprint_bytes() const override { return sizeof(*this) + product_->footprint_bytes(); }

 private:
  std::int64_t channels() const { return total_channels(problem_.geometry, Role::y); }

  std::int32_t* sums_in(std::byte* prepared) const {
    return reinterpret_cast<std::int32_t*>(prepared + prepared_bytes() - vector_bytes_);
  }
  const std::int32_t* sums_in(const std::byte* prepared) const {
    return reinterpret_cast<const std::int32_t*>(prepared + prepared_bytes() - vector_bytes_);
  }

  // Wraps, as sums do.
  void set_bias(const Operands& operands, const std::int32_t* sums, std::int32_t* bias) const {
    const auto* given = problem_.epilogue.bias ? static_cast<const std::int32_t*>(operands.bias) : nullptr;
    const auto zero = static_cast<std::uint32_t>(operands.quantization->x_zero + staging_.shift());
    for (std::int64_t k = 0; k < channels(); ++k)
      bias[k] = static_cast<std::int32_t>(static_cast<std::uint32_t>(given ? given[k] : 0) -
                                          zero * static_cast<std::uint32_t>(sums[k]));
  }

  // Each thread's share.
  double copying_seconds(const DeviceInfo& device) const {
    const double cycles = problem_.x.strides[2] == 1 ? 0.3 : 1.5;  // a byte
    const double bytes = static_cast<double>(x_bytes_ + (problem_.constant_weights ? 0 : 2 * w_bytes_));
    return cycles * bytes / device.hertz / device.threads;
  }

  ConvProblem problem_;
  Words words_;
  Staging staging_;
  std::shared_ptr<Plan> product_;
  std::size_t x_bytes_ = 0, w_bytes_ = 0, vector_bytes_ = 0;
};

}  // namespace

std::shared_ptr<Plan> make_quantized_plan(const ConvProblem& problem, const DeviceInfo& device, const Thrift& thrift) {
  if (is_depthwise(problem)) return make_depthwise_plan(problem, device);
  return std::make_shared<QuantizedPlan>(problem, device, thrift);
}

}  // namespace faltung::cpu_gemm

#include "engines/cuda/cudnn/describe/convolution.h"

#include <algorithm>
#include <limits>

#include "engines/cuda/cudnn/describe/wide_filter.h"
#include "faltung/engine.h"
#include "problem/epilogue.h"
#include "problem/geometry.h"

namespace faltung::cuda_cudnn {
namespace {

bool is_half(DType dtype) noexcept { return dtype == DType::f16 || dtype == DType::bf16; }

template <class Predicate>
bool every_operand(Predicate predicate) {
  return predicate(Role::x) && predicate(Role::w) && predicate(Role::y);
}

template <class Predicate>
bool every_axis(const ConvProblem& p, Predicate predicate) {
  return std::all_of(p.geometry.axes.begin(), p.geometry.axes.begin() + p.geometry.rank, predicate);
}

// Forward kernels with bias and relu are precompiled, for sums in f32. cuDNN generates other fusions for tensor cores
// only, with fast functions accurate to 16 bits. The rest is left to rewrite.epilogue, which runs the convolution here.
bool fuses(const ConvProblem& p, MemoryFormat order) {
  const Epilogue& e = p.epilogue;
  if (e.empty()) return true;
  const DType type = p.x.dtype;
  if (p.pass == Pass::WeightGrad || type == DType::f64) return false;
  if (p.pass == Pass::Forward &&
      (e == Epilogue{.bias = true} || e == Epilogue{.bias = true, .activation = Activation::relu}))
    return true;
  const bool tensor_cores = is_half(type) || p.numerics.tf32;
  const bool good_enough = is_half(type) || !is_transcendental(e.activation);
  return tensor_cores && good_enough && order == MemoryFormat::channels_last && e.activation != Activation::relu6;
}

}  // namespace

std::int64_t step_of(const Axis& axis) noexcept {
  const std::int64_t least = axis.high_pad();
  return axis.out > 1 ? axis.stride : std::max({axis.stride, axis.pad - least + 1, 1 - least});
}

std::optional<std::int64_t> post_padding(const Axis& axis) noexcept {
  const std::int64_t least = axis.high_pad(), most = least + step_of(axis) - 1;  // more padding would add an output
  if (axis.pad >= least && axis.pad <= most) return axis.pad;
  if (most < 0) return std::nullopt;
  return std::max<std::int64_t>(least, 0);
}

bool is_strict_f32(const ConvProblem& p) noexcept { return p.x.dtype == DType::f32 && !p.numerics.tf32; }

Verdict accepts(const ConvProblem& p) {
  const DType type = p.x.dtype;
  Verdict verdict;
  verdict
      .need(is_floating(type),
            "floating-point types only: cuDNN saturates i8 results, where ours wrap, and stores floats as i32 ones")
      .need(every_operand([&](Role role) { return p.operand(role).dtype == type; }), "one type for all operands")
      .need(accumulator_of(p) == (type == DType::f64 ? DType::f64 : DType::f32), "sums in f32, or in f64 for f64")
      .need(!p.accumulate || p.epilogue.empty(), "accumulates plain results only, without an epilogue")
      .need(!p.accumulate || !is_half(type), "most of its engines round a 16-bit sum before they accumulate it")
      .need(!p.numerics.batch_invariant, "cuDNN's choice of a kernel depends on the batch size")
      .need(every_operand([&](Role role) { return p.operand(role).alignment >= size_of(type); }),
            "operands aligned to their type");
  if (!verdict) return verdict;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  verdict.need(every_operand([&](Role role) { return numel_of(p.geometry, role) > 0; }), "there is nothing to compute")
      .need(every_axis(p, [](const Axis& axis) { return axis.pad >= 0; }), "no negative pads")
      .need(every_axis(p, [](const Axis& axis) { return post_padding(axis).has_value(); }),
            "the filter must reach the end of the input: no cropping at the end")
      .need(every_axis(p,
                       [](const Axis& a) {
                         return std::max({a.stride, a.dilation, a.in + a.pad + post_padding(a).value_or(0)}) <= most;
                       }),
            "strides, dilations and padded extents of at most 2^31 - 1");
  if (!verdict) return verdict;
  const auto order = order_of(p);
  if (!verdict.need(order.has_value(), "operands nested in one order, contiguous or channels last, rows dense"))
    return verdict;
  return verdict
      .need(every_operand([&](Role role) { return reach_of(p, role) <= most; }),
            "operands that span at most 2^31 - 1 elements")
      .need(p.epilogue.empty() || format_of(p).has_value(), "epilogues need dense operands")
      .need(asked_for(p).has_value(),
            "cuDNN's weight gradients are wrong with different padding before and after, and no filter a little wider "
            "makes it even")
      .need(!p.accumulate || !asked_for(p)->wider, "cannot accumulate a gradient computed with a wider filter")
      .need(
          fuses(p, *order),
          "fuses bias and relu into forward; more, and into the data gradient, only with tensor cores, channels last");
}

Convolution translate(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  Convolution c;
  const MemoryFormat order = order_of(p).value();
  c.x = shape_in_order(p, Role::x, order).value();
  c.w = shape_in_order(p, Role::w, order).value();
  c.y = shape_in_order(p, Role::y, order).value();
  const std::int64_t channels = c.shape(written_role(p.pass)).extents[1];
  c.bias.extents = Dims::filled(c.y.extents.size(), 1);
  c.bias.extents[1] = channels;
  // Strides of a dense tensor with one pixel.
  c.bias.strides = Dims::filled(c.y.extents.size(), order == MemoryFormat::channels_last ? channels : 1);
  c.bias.strides[0] = channels;
  c.bias.strides[1] = 1;
  for (int i = g.rank == 1 ? -1 : 0; i < g.rank; ++i) {
    const Axis axis = i < 0 ? Axis{} : g.axes[static_cast<std::size_t>(i)];
    c.strides.push_back(step_of(axis));
    c.dilations.push_back(axis.dilation);
    c.pre.push_back(axis.pad);
    c.post.push_back(post_padding(axis).value_or(0));
  }
  return c;
}

}  // namespace faltung::cuda_cudnn

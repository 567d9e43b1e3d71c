#include "engines/cuda/cudnn/convolution.h"

#include <algorithm>
#include <limits>

#include "plan/engine.h"
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

// cuDNN has bias and relu compiled in forward, for sums of f32. What else it fuses it generates for tensor cores, and
// with fast functions that are good to 16 bits only. The rest is left to rewrite.epilogue, which runs the convolution
// here.
bool fuses(const ConvProblem& p, std::optional<MemoryFormat> format) {
  const Epilogue& e = p.epilogue;
  if (e.empty()) return true;
  const DType type = p.x.dtype;
  if (p.pass == Pass::WeightGrad || type == DType::f64) return false;
  if (p.pass == Pass::Forward &&
      (e == Epilogue{.bias = true} || e == Epilogue{.bias = true, .activation = Activation::relu}))
    return true;
  const bool tensor_cores = is_half(type) || p.numerics.tf32;
  const bool good_enough = is_half(type) || !is_transcendental(e.activation);
  return tensor_cores && good_enough && format == MemoryFormat::channels_last && e.activation != Activation::relu6;
}

Dims dense_strides(const Dims& extents, bool channels_last) {
  Dims strides = Dims::filled(extents.size(), 1);
  std::int64_t step = 1;
  if (channels_last) step = extents[1];
  for (int i = extents.size() - 1; i >= 2; --i) strides[i] = step, step *= extents[i];
  if (!channels_last) strides[1] = step, step *= extents[1];
  strides[0] = step;
  return strides;
}

TensorShape shape_of(const Geometry& g, Role role, bool channels_last) {
  const Dims extents = extents_of(g, role);  // N, G, C, spatial; w: G, K, C, filter
  TensorShape shape;
  shape.extents =
      role == Role::w ? Dims{extents[0] * extents[1], extents[2]} : Dims{extents[0], extents[1] * extents[2]};
  if (g.rank == 1) shape.extents.push_back(1);
  for (int i = 3; i < extents.size(); ++i) shape.extents.push_back(extents[i]);
  shape.strides = dense_strides(shape.extents, channels_last);
  return shape;
}

}  // namespace

std::int64_t step_of(const Axis& axis) noexcept {
  const std::int64_t least = axis.high_pad();
  return axis.out > 1 ? axis.stride : std::max({axis.stride, axis.pad - least + 1, 1 - least});
}

std::optional<std::int64_t> post_padding(const Axis& axis) noexcept {
  const std::int64_t least = axis.high_pad(), most = least + step_of(axis) - 1;  // more would be one output more
  if (axis.pad >= least && axis.pad <= most) return axis.pad;
  if (most < 0) return std::nullopt;
  return std::max<std::int64_t>(least, 0);
}

std::optional<MemoryFormat> format_of(const ConvProblem& p) {
  for (MemoryFormat format : {MemoryFormat::channels_last, MemoryFormat::contiguous})
    if (every_operand([&](Role role) { return p.operand(role).strides == operand_strides(p.geometry, role, format); }))
      return format;
  return std::nullopt;
}

std::string_view why_not(const ConvProblem& p) {
  const DType type = p.x.dtype;
  Verdict verdict;
  verdict.need(is_floating(type), "floating-point types only: cuDNN's integers saturate where ours wrap")
      .need(every_operand([&](Role role) { return p.operand(role).dtype == type; }), "one type for all operands")
      .need(accumulator_of(p) == (type == DType::f64 ? DType::f64 : DType::f32), "sums in f32, or in f64 for f64")
      .need(!p.accumulate, "does not accumulate into its result")
      .need(!p.numerics.batch_invariant, "cuDNN chooses its way by the size of the batch")
      .need(every_operand([&](Role role) { return p.operand(role).alignment >= size_of(type); }),
            "operands aligned to their type");
  if (!verdict.accepted()) return verdict.reason();
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  verdict.need(every_operand([&](Role role) { return numel_of(p.geometry, role) > 0; }), "there is nothing to compute")
      .need(every_operand([&](Role role) { return numel_of(p.geometry, role) <= most; }),
            "operands of at most 2^31 - 1 elements")
      .need(every_axis(p, [](const Axis& axis) { return axis.pad >= 0; }), "no negative pads")
      .need(every_axis(p, [](const Axis& axis) { return post_padding(axis).has_value(); }),
            "the filter must reach the end of the input: no cropping after it")
      .need(
          p.pass != Pass::WeightGrad || every_axis(p, [](const Axis& axis) { return post_padding(axis) == axis.pad; }),
          "cuDNN's weight gradients are wrong with different padding before and after");
  if (!verdict.accepted()) return verdict.reason();
  const auto format = format_of(p);
  return verdict.need(format.has_value(), "operands dense in one format: contiguous or channels last")
      .need(fuses(p, format),
            "fuses bias and relu into forward; more, and into the data gradient, only with tensor cores, channels last")
      .reason();
}

Convolution translate(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  Convolution c;
  c.channels_last = format_of(p) == MemoryFormat::channels_last;
  c.x = shape_of(g, Role::x, c.channels_last);
  c.w = shape_of(g, Role::w, c.channels_last);
  c.y = shape_of(g, Role::y, c.channels_last);
  c.bias.extents = Dims::filled(c.y.extents.size(), 1);
  c.bias.extents[1] = c.shape(written_role(p.pass)).extents[1];
  c.bias.strides = dense_strides(c.bias.extents, c.channels_last);
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

#include "api/channel_sum.h"

#include "api/evaluation.h"
#include "tensor/reduce.h"

namespace faltung {
namespace {

std::optional<DType> wide(DType dtype) {
  if (is_complex(dtype)) return DType::cf64;
  return is_floating(dtype) ? std::optional(DType::f64) : std::nullopt;
}

// One element seen as a tensor of ones.
Tensor one_of(const TensorView& view) {
  const Tensor one = Tensor::empty({1}, view.dtype, MemoryFormat::contiguous, view.device);
  fill(one, 1);
  return one;
}

}  // namespace

void sum_by_convolution(const TensorView& view, int channels, const TensorView& out, const ConvOptions& options, Context& context) {
  if (view.numel() == 0) return fill(out, 0);
  const TensorView y = channels == 0 ? view.unsqueeze(0) : view;
  const Tensor one = one_of(view);
  Evaluation sum;
  Geometry& g = sum.geometry;
  g = {.batch = y.size(0), .groups = y.size(1), .rank = y.rank() - 2};
  for (int i = 0; i < g.rank; ++i) g.axes[static_cast<std::size_t>(i)] = {.in = y.size(i + 2), .out = y.size(i + 2)};
  sum.written = Role::w;
  TensorView x = one, w = out;
  x.sizes = extents_of(g, Role::x), x.strides = Dims::filled(x.sizes.size(), 0);
  w.sizes = extents_of(g, Role::w), w.strides = Dims::filled(w.sizes.size(), 0);
  w.strides[0] = out.stride(0);
  sum.views = {x, w, y.unsqueeze(2)};
  ConvOptions mine;  // who computes this is no part of the call's policy
  mine.numerics = {.accumulate = wide(view.dtype), .tf32 = false, .deterministic = options.numerics.deterministic, .transforms = false};
  mine.stream = options.stream;
  evaluate(sum, mine, context);
}

void sum_channels(const TensorView& view, int channels, const TensorView& out, const ConvOptions& options, Context& context) {
  if (view.device.type == DeviceType::cpu) return sum_all_but(view, channels, out);
  sum_by_convolution(view, channels, out, options, context);
}

}  // namespace faltung

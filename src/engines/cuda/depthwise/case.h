// A depthwise problem as its kernels see it, worked out once for all of them.
#pragma once

#include <string_view>

#include "engines/cuda/depthwise/arguments.h"

namespace faltung::cuda_depthwise {

enum class Layout : std::uint8_t { nchw, nhwc };

// What a launch needs, whatever the kernel.
struct Params {
  Pass pass = Pass::Forward;
  DType dtype = DType::f32;
  Layout layout = Layout::nchw;
  Activation activation = Activation::none;
  int filter_h = 1, filter_w = 1, stride = 1;  // of a planar case
  Planes planes;
  Filter filter;
  std::int64_t filter_offset = 0;  // of the first tap, in elements
  Gather gather;
};

enum class Form : std::uint8_t { window_sum, strided_dgrad, wgrad };

struct Case : Params {
  const ConvProblem& problem;
  Form form = Form::window_sum;
  bool small = false;   // offsets and numbers of tiles fit into 31 bits, with room for sums of two
  bool dense = false;   // x and y are, in `layout`
  bool planar = false;  // small; one filter per channel, at most two axes, the same stride along both, no dilation
  bool instantiated = false;  // planar, with a filter of filters.h

  bool is(Layout of, Form which) const { return instantiated && dense && layout == of && form == which; }
  // Whether the channels divide into packs of that size, at aligned addresses.
  bool has_whole_packs(int pack) const;
};

// Reason for the refusal by every kernel; empty if there is none.
std::string_view refusal(const ConvProblem& problem);
// Of a problem that is not refused, which must outlive it.
Case case_of(const ConvProblem& problem);

// Axes in the order d, h, w, whatever the rank; and the strides of an operand along them.
Axis axis_of(const Geometry& geometry, int i);
std::int64_t stride_of(const Dims& strides, int rank, int i);
// Numbers of a problem that is not refused.
constexpr int narrow(std::int64_t value) { return static_cast<int>(value); }

// The filter as it lies in memory: the kernels for any filter flip it themselves.
Filter filter_of(const ConvProblem& problem);

}  // namespace faltung::cuda_depthwise

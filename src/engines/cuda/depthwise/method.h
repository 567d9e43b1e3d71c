// A planned depthwise convolution: the kernel and all launch parameters except the pointers.
#pragma once

#include <cstddef>

#include "engines/cuda/depthwise/tilings.h"
#include "faltung/compile.h"

namespace faltung::cuda_depthwise {

// Each kernel is named after its file.
enum class Kernel : std::uint8_t {
  nchw_tiles,
  nchw_small_planes,
  nchw_pipelined,
  nchw_any_filter,
  nchw_dgrad_stride2,
  nchw_wgrad,
  nhwc_strips,
  nhwc_mma,
  nhwc_mma_tma,
  nhwc_rows_tma,
  nhwc_box_tma,
  nhwc_dgrad_stride2,
  nhwc_dgrad_stride2_3x3,
  nhwc_wgrad,
  generic_window,
  fallback
};
enum class Layout : std::uint8_t { nchw, nhwc };

struct Method {
  Pass pass = Pass::Forward;
  DType dtype = DType::f32;
  Kernel kernel = Kernel::fallback;
  Layout layout = Layout::nchw;
  Activation activation = Activation::none;
  int filter_h = 1, filter_w = 1, stride = 1;  // of the tiled kernels

  Planes planes;
  NchwTiles tiles;
  Slices slices;
  Pipelined pipelined;
  SmallPlanes small_planes;
  AnyFilter any_filter;
  NhwcStrips nhwc_strips;
  Dgrad3x3 dgrad_3x3;
  Mma mma;
  MmaTma mma_tma;
  RowsTma rows_tma;
  BoxTma box_tma;
  GenericWindow generic_window;
  int pack = 1;  // channels per thread of generic_window
  Fallback fallback;
  int length = 1;  // positions per slice of the fallback weight gradient
  Gather gather;
  Filter filter;
  std::int64_t filter_offset = 0;  // offset of the first tap, in elements

  int blocks = 1, threads = 256, rows = 1;  // blocks: gridDim.x, rows: gridDim.y
  std::size_t shared_bytes = 0, workspace_bytes = 0;
};

// Reason for the refusal; empty if accepted.
std::string_view refusal(const ConvProblem& problem);
// For an accepted problem.
Method method_of(const ConvProblem& problem, const DeviceInfo& gpu);
// Call before the first run on the current device. Throws if the device lacks a feature that the kernel needs.
void prepare(const Method& method);
// Enqueues the work on the stream; allocates nothing.
void run(const Method& method, const Operands& operands, void* workspace, void* stream);

}  // namespace faltung::cuda_depthwise

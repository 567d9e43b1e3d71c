// How a depthwise problem is done: which kernel, and everything about its launch that the pointers do not say.
#pragma once

#include <cstddef>

#include "engines/cuda/depthwise/tilings.h"
#include "faltung/compile.h"

namespace faltung::cuda_depthwise {

enum class Kernel : std::uint8_t {
  window,
  whole,
  ring,
  large,
  matrix,
  bulk,
  staged,
  boxed,
  spread,
  squares,
  weight,
  any,
  general
};
enum class Layout : std::uint8_t { planar, lanes };  // NCHW, NHWC

struct Method {
  Pass pass = Pass::Forward;
  DType dtype = DType::f32;
  Kernel kernel = Kernel::general;
  Layout layout = Layout::planar;
  Activation activation = Activation::none;
  int filter_h = 1, filter_w = 1, stride = 1;  // of the tiled kernels

  Planes planes;
  PlanarTiles tiles;
  Shares shares;
  Ring ring;
  Whole whole;
  Large large;
  Lanes lanes;
  Squares squares;
  Matrix matrix;
  Bulk bulk;
  Staged staged;
  Boxed boxed;
  Any any;
  int pack = 1;  // channels of a thread of it
  General general;
  int length = 1;  // positions of a share of the general weight gradient
  Gather gather;
  Filter filter;
  std::int64_t filter_offset = 0;  // in elements, of its first tap

  int blocks = 1, threads = 256, rows = 1;  // of the grid, of a block, of the grid's second axis
  std::size_t shared_bytes = 0, workspace_bytes = 0;
};

// Why not, or empty.
std::string_view refusal(const ConvProblem& problem);
// For a problem that is not refused, on a device of that compute capability (10 · major + minor).
Method method_of(const ConvProblem& problem, int capability);
// Before the first run on the current device. Throws if it lacks what the kernel needs.
void prepare(const Method& method);
// Orders the work on the stream; allocates nothing.
void run(const Method& method, const Operands& operands, void* workspace, void* stream);

}  // namespace faltung::cuda_depthwise

#include "engines/cuda/cudnn/choose/strict_f32.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "engines/cuda/cudnn/describe/convolution.h"

namespace faltung::cuda_cudnn {
namespace {

// Tiling of a kernel, seen as a matrix product. Times are in multiply-adds of a whole block.
struct Kernel {
  std::string_view name;
  std::string_view with_bias = {};  // the kernel of the same tiling with bias and relu
  int rows, columns;                // of an output tile
  int blocks;                       // resident per SM
  double cost;                      // per multiply-add
  double start;                     // start-up time, in units of 100,000
  int depth = 0;                    // least slice of the reduction, for split-k kernels
  bool winograd = false;            // 3 × 3, stride 1, 2-D only
  bool skips = true;                // skips the zeros between results of a strided data gradient
};

// H100, cuDNN 9.19: 886 dense layers of problems/models, batch 1, 8 and 32, NCHW and NHWC, without bias. Slowdown
// against the fastest measured kernel of each layer, geometric mean per pass: 1.04, 1.06, 1.02; of cuDNN's own first
// choice: 1.13, 1.15, 1.21.
constexpr std::array<Kernel, 4> forward{{
    {.name = "e3:k11=2", .rows = 128, .columns = 128, .blocks = 3, .cost = 1.0, .start = 0, .winograd = true},
    {"e70:k2=4,k18=0", "e44:k2=4,k18=0", 64, 256, 1, 0.5, 5},
    {"e70:k2=12,k18=0", "e44:k2=12,k18=0", 32, 32, 2, 0.9, 0},
    {"e70:k2=2,k18=0", "e44:k2=2,k18=0", 32, 64, 2, 0.8, 0},
}};
constexpr std::array<Kernel, 3> data_grad{{
    {.name = "e50", .rows = 64, .columns = 256, .blocks = 3, .cost = 1.4, .start = 20, .winograd = true},
    {"e25:k2=2,k3=0", {}, 32, 64, 4, 1.9, 100},
    {.name = "e74:k2=12,k18=0", .rows = 64, .columns = 64, .blocks = 3, .cost = 1.8, .start = 0, .skips = false},
}};
constexpr std::array<Kernel, 5> weight_grad{{
    {"e17:k25=0", {}, 32, 256, 1, 0.4, 50, 512, true},
    {"e67:k2=12", {}, 32, 32, 4, 1.1, 50},
    {"e20:k2=6,k3=0", {}, 32, 32, 3, 1.6, 100, 128},
    {"e20", {}, 128, 32, 4, 1.3, 100, 128},
    {"e1", {}, 128, 256, 3, 1.5, 5, 512},
}};

std::span<const Kernel> kernels_for(Pass pass) {
  if (pass == Pass::Forward) return forward;
  if (pass == Pass::DataGrad) return data_grad;
  return weight_grad;
}

// Name of the kernel with the problem's epilogue; empty if none is known.
std::string_view name_for(const Epilogue& last, const Kernel& kernel) {
  if (last.empty()) return kernel.name;
  const bool fused = last == Epilogue{.bias = true} || last == Epilogue{.bias = true, .activation = Activation::relu};
  return fused ? kernel.with_bias : std::string_view{};
}

// M, N and K of the matrix product: rows and columns of the result, length of the sums.
struct Product {
  double rows, columns, depth, stride;
};

Product product_of(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  double in = static_cast<double>(g.batch), out = in, taps = 1, stride = 1;
  for (const Axis& a : g.axes) {
    in *= static_cast<double>(a.in), out *= static_cast<double>(a.out);
    taps *= static_cast<double>(a.filter), stride *= static_cast<double>(a.stride);
  }
  const double c = static_cast<double>(g.in_channels), k = static_cast<double>(g.out_channels);
  if (p.pass == Pass::Forward) return {k, out, c * taps, 1};
  if (p.pass == Pass::DataGrad) return {c, in, k * taps / stride, stride};
  return {k, c * taps, out, 1};
}

bool can_use_winograd(const Geometry& g) {
  const auto plain = [](const Axis& a) { return a.filter == 3 && a.stride == 1 && a.dilation == 1; };
  return g.rank == 2 && plain(g.axes[0]) && plain(g.axes[1]) && std::min(g.in_channels, g.out_channels) >= 16;
}

// Blocks run in waves, each as many as fit on all SMs.
double expected_time(const Kernel& k, const Product& p, int multiprocessors) {
  const double at_once = multiprocessors * k.blocks;
  double tiles = std::ceil(p.rows / k.rows) * std::ceil(p.columns / k.columns);
  double depth = k.skips ? p.depth : p.depth * p.stride;
  if (k.depth > 0) {
    const double slices = std::max(1.0, std::min(std::ceil(depth / k.depth), std::floor(at_once / tiles)));
    tiles *= slices, depth /= slices;
  }
  return std::ceil(tiles / at_once) * k.blocks * k.rows * k.columns * depth * k.cost + 1e5 * k.start;
}

}  // namespace

std::vector<std::string_view> strict_configs(const ConvProblem& p, const cuda::DeviceProperties& device) {
  const bool measured = device.major == 9 && device.minor == 0;
  if (!measured || !is_strict_f32(p) || p.geometry.groups != 1) return {};
  const Product product = product_of(p);
  std::vector<std::pair<double, std::string_view>> timed;
  for (const Kernel& k : kernels_for(p.pass))
    if (const auto name = name_for(p.epilogue, k); !name.empty() && (!k.winograd || can_use_winograd(p.geometry)))
      timed.emplace_back(expected_time(k, product, device.multiprocessors), name);
  std::sort(timed.begin(), timed.end());
  std::vector<std::string_view> names;
  for (const auto& [time, name] : timed) names.push_back(name);
  return names;
}

}  // namespace faltung::cuda_cudnn

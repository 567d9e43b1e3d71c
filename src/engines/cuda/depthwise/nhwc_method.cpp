// Chooses the kernel and its tiling for NHWC.
#include <algorithm>

#include "engines/cuda/depthwise/planning.h"

namespace faltung::cuda_depthwise {
namespace {

constexpr int first_with_bf16_mma = 80;  // compute capability of mma with bf16
constexpr int first_with_clusters = 90;  // compute capability of thread block clusters
constexpr int most_of_cluster = 8;       // portable cluster size
constexpr int first_with_tma = 90;       // compute capability of TMA

template <class T, class F>
constexpr ThreadTile tile_for(Kernel kernel) {
  return kernel == Kernel::nhwc_dgrad_stride2 || kernel == Kernel::nhwc_dgrad_stride2_3x3 ? dgrad_stride2_tile<T, F>()
         : kernel == Kernel::nhwc_wgrad                                                   ? wgrad_tile<T, F>()
                                                                                          : window_tile<T, F>();
}

// Small filters are bound by memory latency, 7 × 7 taps by arithmetic.
StripShape strips_for(const ThreadTile& tile, const Method& m) {
  const Planes& p = m.planes;
  const bool dgrad = m.kernel == Kernel::nhwc_dgrad_stride2;
  return {.channels = tile.pack,
          .h = dgrad ? dgrad_stride2_extent(p.target_h, p.pad_h) : p.target_h,
          .w = dgrad ? dgrad_stride2_extent(p.target_w, p.pad_w) : p.target_w,
          .columns = tile.columns,
          .start = m.filter_h == 7 || m.kernel == Kernel::nhwc_wgrad ? 5 : 2,
          .tail = m.filter_h == 7 ? 0 : 2};
}

// Activations need too many registers beside the sums.
bool can_use_mma_tma(const Method& m, const DeviceInfo& gpu) {
  const Planes& p = m.planes;
  const bool any = std::min({p.source_h, p.source_w, p.target_h, m.mma.tiles}) > 0;
  return any && gpu.capability >= first_with_tma && gpu.block_shared_bytes >= most_mma_tma_bytes &&
         m.activation == Activation::none;
}

void plan_mma(Method& m, const DeviceInfo& gpu) {
  m.mma = mma_of(m.planes, m.filter_h, gpu);
  if (can_use_mma_tma(m, gpu)) {
    m.mma_tma = mma_tma_of(m.planes, m.filter_h, gpu);
    if (worth_mma_tma(m.mma_tma, m.mma, m.filter_h, gpu)) return set_launch(m, Kernel::nhwc_mma_tma, m.mma_tma);
  }
  set_launch(m, Kernel::nhwc_mma, m.mma);
}

bool can_use_mma(const ConvProblem& p, const Method& m, const DeviceInfo& gpu) {
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) { known = uses_mma<T, F>; });
  return known && m.kernel == Kernel::nhwc_strips && gpu.capability >= first_with_bf16_mma &&
         gpu.block_shared_bytes >= most_mma_bytes && has_whole_packs(p, mma_channels);
}

bool can_use_tma(const ConvProblem& p, const Method& m, const DeviceInfo& gpu) {
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) { known = uses_tma<T, F>; });
  return known && m.kernel == Kernel::nhwc_strips && gpu.capability >= first_with_tma && has_whole_packs(p, 8);
}

// Tries the kernels that load the source by TMA.
bool plan_tma(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  if (!can_use_tma(p, m, gpu)) return false;
  if (box_tma_channels(m.planes.channels) > 0) {
    m.box_tma = box_tma_of(m.planes, m.filter_h, m.filter_w, gpu);
    if (worth_box_tma(m.planes, m.box_tma, gpu)) return set_launch(m, Kernel::nhwc_box_tma, m.box_tma), true;
  }
  m.rows_tma = rows_tma_of(m.planes, m.filter_h, m.filter_w, gpu);
  if (!worth_rows_tma(m.planes, m.rows_tma, gpu)) return false;
  return set_launch(m, Kernel::nhwc_rows_tma, m.rows_tma), true;
}

// Reducing in a cluster, although its blocks wait for each other, is faster than a second kernel.
bool fits_cluster(const Method& m, const DeviceInfo& gpu) {
  const int slices = m.nhwc_strips.slices();
  return m.kernel == Kernel::nhwc_wgrad && may_cluster(m.filter_h * m.filter_w, m.stride) && slices > 1 &&
         slices <= most_of_cluster && gpu.capability >= first_with_clusters;
}

// More slices would save less time than the second kernel costs that adds them.
bool is_small_work(const Method& m) {
  return m.kernel == Kernel::nhwc_wgrad && m.nhwc_strips.tile_blocks == 1 && m.planes.target_h <= 16;
}

void plan_strips(Method& m, const DeviceInfo& gpu) {
  const std::size_t sum = m.dtype == DType::f64 ? 8 : 4;
  with_types(m, [&]<class F, class T>(F, T) {
    constexpr int taps = F::h * F::w;
    const ThreadTile tile = tile_for<T, F>(m.kernel);
    m.nhwc_strips = nhwc_strips_of(m.planes, strips_for(tile, m), gpu);
    if (m.kernel == Kernel::nhwc_wgrad) group_tiles(m.nhwc_strips, gpu.sm_count * 4);
    if (is_small_work(m) && !fits_cluster(m, gpu)) make_one_slice(m.nhwc_strips, m.planes.target_h);
    const int sums = m.kernel == Kernel::nhwc_wgrad
                         ? std::max(m.nhwc_strips.slots / 2, 1) * m.nhwc_strips.block_packs * tile.pack * taps
                         : taps * filter_pitch(m.nhwc_strips, tile.pack);
    m.shared_bytes = static_cast<std::size_t>(sums) * sum;
  });
  m.threads = m.nhwc_strips.threads();
  m.blocks = m.nhwc_strips.blocks();
  m.gather.slices = m.nhwc_strips.slices();
  m.gather.channel_fastest = true;
  m.gather.in_cluster = fits_cluster(m, gpu);
}

void plan_dgrad_3x3(Method& m, const DeviceInfo& gpu) {
  with_types(m, [&]<class F, class T>(F, T) {
    constexpr ThreadTile tile = dgrad_stride2_tile<T, F>();
    m.dgrad_3x3 = dgrad_3x3_of(m.planes, tile.pack, tile.ahead, tile.blocks, gpu);
    m.shared_bytes = static_cast<std::size_t>(F::h * F::w * filter_pitch(m.dgrad_3x3, tile.pack)) *
                     std::max(sizeof(T), sizeof(float));
  });
  m.threads = m.dgrad_3x3.threads();
  m.blocks = m.dgrad_3x3.blocks();
}

}  // namespace

bool has_whole_packs(const ConvProblem& p, int pack) {
  const std::size_t bytes = static_cast<std::size_t>(pack) * size_of(p.x.dtype);
  return p.geometry.groups % pack == 0 && p.x.alignment >= std::min<std::size_t>(bytes, 16) &&
         p.y.alignment >= std::min<std::size_t>(bytes, 16);
}

int pack_of_tiles(const Method& m) {
  int pack = 1;
  with_types(m, [&]<class F, class T>(F, T) { pack = tile_for<T, F>(m.kernel).pack; });
  return pack;
}

void plan_nhwc(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  if (can_use_mma(p, m, gpu))
    plan_mma(m, gpu);
  else if (m.kernel == Kernel::nhwc_dgrad_stride2_3x3)
    plan_dgrad_3x3(m, gpu);
  else if (!plan_tma(p, m, gpu))
    plan_strips(m, gpu);
}

}  // namespace faltung::cuda_depthwise

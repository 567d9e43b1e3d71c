// Chooses the kernel and its tiling for NCHW.
#include <algorithm>

#include "engines/cuda/depthwise/planning.h"

namespace faltung::cuda_depthwise {
namespace {

// The largest blocks whose part of the source fits into shared memory.
template <class Tiles>
NchwTiles fitting(const Planes& planes, std::size_t element, Tiles&& tiles) {
  NchwTiles t;
  for (int threads = 256; threads >= 32; threads /= 2) {
    t = tiles(threads);
    if (static_cast<std::size_t>(t.shared(planes)) * element <= shared_limit - 4096)
      break;  // 4096: the partial sums of warps
  }
  return t;
}

// Tries nchw_small_planes.
bool plan_small_planes(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  if (m.kernel != Kernel::nchw_tiles || p.w.alignment < 16) return false;
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) {
    if constexpr (has_many_taps<T, F>) {
      m.small_planes = small_planes_of(m.planes, F::h * F::w, sizeof(T));
      m.small_planes.flipped = m.filter.s < 0;
      known = can_use_small_planes(m.planes, m.small_planes, m.filter, F::h, sizeof(T), gpu);
    }
  });
  if (known) set_launch(m, Kernel::nchw_small_planes, m.small_planes);
  return known;
}

// Tries nchw_pipelined.
bool plan_pipelined(Method& m, const DeviceInfo& gpu) {
  if (m.kernel != Kernel::nchw_tiles || gpu.capability < first_with_cp_async) return false;
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) {
    if constexpr (has_many_taps<T, F>) {
      m.pipelined = pipelined_of(m.planes, F::h, F::w, pipelined_least_threads<T, F>, gpu);
      m.shared_bytes = m.pipelined.shared_bytes(sizeof(T), pipelined_taps_pitch(F::h * F::w));
      m.blocks = pipelined_blocks(m.pipelined, m.shared_bytes, pipelined_warps<F>, gpu);
      known = true;
    }
  });
  if (!known || m.shared_bytes > std::min<std::size_t>(pipelined_bytes, gpu.block_shared_bytes) ||
      !can_pipeline(m.planes, m.pipelined, m.filter_w))
    return false;
  m.kernel = Kernel::nchw_pipelined;
  m.threads = m.pipelined.threads();
  return true;
}

}  // namespace

void plan_nchw(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  if (plan_small_planes(p, m, gpu) || plan_pipelined(m, gpu)) return;

  const std::size_t element = size_of(m.dtype);
  const int delta = (tile_width - m.filter_w / 2 % tile_width) % tile_width;
  with_types(m, [&]<class F, class T>(F, T) {
    const TileShape shape{F::h, F::w, F::stride, nchw_rows<T, F>, delta};
    m.tiles = fitting(m.planes, element, [&](int threads) {
      if (m.kernel == Kernel::nchw_wgrad) return wgrad_tiles_of(m.planes, shape, threads, gpu);
      NchwTiles t = m.kernel == Kernel::nchw_dgrad_stride2 ? dgrad_stride2_tiles_of(m.planes, F::h, F::w, threads, gpu)
                                                           : nchw_tiles_of(m.planes, shape, threads, gpu);
      make_flat(t, m.planes, static_cast<int>(element));
      return t;
    });
  });
  m.threads = m.tiles.threads();
  m.shared_bytes = static_cast<std::size_t>(m.tiles.shared(m.planes)) * element;
  if (m.kernel != Kernel::nchw_wgrad) {
    m.blocks = divide_up(m.planes.batch * m.planes.channels, m.tiles.planes) * m.tiles.bands * m.tiles.columns;
    return;
  }
  m.slices = slices_of(m.planes, m.tiles, gpu);
  m.blocks = m.slices.count * m.planes.channels;
  m.gather.slices = m.slices.count;
}

bool fit_any_filter(Method& m, int filter_h, int filter_w, const DeviceInfo& gpu) {
  m.any_filter = any_filter_of(filter_h, filter_w);
  const TileShape shape{filter_h, filter_w, 1, any_filter_rows(filter_h), 0};
  for (int threads = 256; threads >= 32; threads /= 2) {
    m.tiles = nchw_tiles_of(m.planes, shape, threads, gpu);
    m.shared_bytes = any_filter_bytes(m.tiles, m.any_filter, size_of(m.dtype));
    if (m.shared_bytes > shared_limit) continue;
    m.threads = m.tiles.threads();
    m.blocks = divide_up(m.planes.batch * m.planes.channels, m.tiles.planes) * m.tiles.bands * m.tiles.columns;
    return true;
  }
  return false;
}

}  // namespace faltung::cuda_depthwise

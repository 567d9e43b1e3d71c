// Which kernel takes planes that lie row by row, and how.
#include <algorithm>

#include "engines/cuda/depthwise/planning.h"

namespace faltung::cuda_depthwise {
namespace {

// The largest blocks whose part of the source fits.
template <class Tiles>
PlanarTiles fitting(const Planes& planes, std::size_t element, Tiles&& tiles) {
  PlanarTiles t;
  for (int threads = 256; threads >= 32; threads /= 2) {
    t = tiles(threads);
    if (static_cast<std::size_t>(t.shared(planes)) * element <= shared_limit - 4096) break;  // 4096: the sums of warps
  }
  return t;
}

// Whether warps can take whole planes.
bool plan_whole(const ConvProblem& p, Method& m) {
  if (m.kernel != Kernel::window || p.w.alignment < 16) return false;
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) {
    if constexpr (rings<T, F>) {
      m.whole = whole_of(m.planes, F::h * F::w, sizeof(T));
      m.whole.turned = m.filter.s < 0;
      known = can_take_whole(m.planes, m.whole, m.filter, F::h, sizeof(T));
    }
  });
  if (known) take(m, Kernel::whole, m.whole);
  return known;
}

// Whether the planes can be walked over.
bool plan_ring(Method& m, int capability) {
  if (m.kernel != Kernel::window || capability < first_with_ring) return false;
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) {
    if constexpr (rings<T, F>) {
      m.ring = ring_of(m.planes, F::h, F::w, ring_least_threads<T, F>);
      m.shared_bytes = m.ring.shared_bytes(sizeof(T), ring_taps_pitch(F::h * F::w));
      m.blocks = ring_blocks(m.ring, m.shared_bytes, ring_warps<F>);
      known = true;
    }
  });
  if (!known || m.shared_bytes > ring_bytes || !can_ring(m.planes, m.ring, m.filter_w)) return false;
  m.kernel = Kernel::ring;
  m.threads = m.ring.threads();
  return true;
}

}  // namespace

void plan_planar(const ConvProblem& p, Method& m, int capability) {
  if (plan_whole(p, m) || plan_ring(m, capability)) return;

  const std::size_t element = size_of(m.dtype);
  const int delta = (tile_width - m.filter_w / 2 % tile_width) % tile_width;
  with_types(m, [&]<class F, class T>(F, T) {
    const TileShape shape{F::h, F::w, F::stride, planar_rows<T, F>, delta};
    m.tiles = fitting(m.planes, element, [&](int threads) {
      if (m.kernel == Kernel::weight) return weight_tiles(m.planes, shape, threads);
      PlanarTiles t = m.kernel == Kernel::spread ? spread_tiles(m.planes, F::h, F::w, threads)
                                                 : planar_tiles(m.planes, shape, threads);
      make_flat(t, m.planes, static_cast<int>(element));
      return t;
    });
  });
  m.threads = m.tiles.threads();
  m.shared_bytes = static_cast<std::size_t>(m.tiles.shared(m.planes)) * element;
  if (m.kernel != Kernel::weight) {
    m.blocks = divide_up(m.planes.batch * m.planes.channels, m.tiles.planes) * m.tiles.bands * m.tiles.columns;
    return;
  }
  m.shares = shares_of(m.planes, m.tiles);
  m.blocks = m.shares.count * m.planes.channels;
  m.gather.shares = m.shares.count;
}

bool plan_large_planes(Method& m, int filter_h, int filter_w) {
  m.large = large_of(filter_h, filter_w);
  const TileShape shape{filter_h, filter_w, 1, large_rows(filter_h), 0};
  for (int threads = 256; threads >= 32; threads /= 2) {
    m.tiles = planar_tiles(m.planes, shape, threads);
    m.shared_bytes = large_bytes(m.tiles, m.large, size_of(m.dtype));
    if (m.shared_bytes > shared_limit) continue;
    m.threads = m.tiles.threads();
    m.blocks = divide_up(m.planes.batch * m.planes.channels, m.tiles.planes) * m.tiles.bands * m.tiles.columns;
    return true;
  }
  return false;
}

}  // namespace faltung::cuda_depthwise

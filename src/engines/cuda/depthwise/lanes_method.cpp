// Which kernel takes images that lie channel by channel, and how.
#include <algorithm>

#include "engines/cuda/depthwise/planning.h"

namespace faltung::cuda_depthwise {
namespace {

constexpr int first_with_tensor_cores = 80;  // of those that multiply tiles of bf16
constexpr int first_with_clusters = 90;      // of blocks that see each other's shared memory
constexpr int most_of_cluster = 8;           // that every device with clusters can do
constexpr int first_with_boxes = 90;         // of a tensor, copied by themselves
constexpr int first_with_less_memory = 120;  // shared by a block than those

template <class T, class F>
constexpr LanesTile tile_for(Kernel kernel) {
  return kernel == Kernel::spread || kernel == Kernel::squares ? spread_tile<T, F>()
         : kernel == Kernel::weight                            ? weight_tile<T, F>()
                                                               : window_tile<T, F>();
}

// Small filters wait for memory, 7 × 7 taps for arithmetic.
StripShape strips_for(const LanesTile& tile, const Method& m) {
  const Planes& p = m.planes;
  const bool spread = m.kernel == Kernel::spread;
  return {.channels = tile.pack,
          .h = spread ? spread_extent(p.target_h, p.pad_h) : p.target_h,
          .w = spread ? spread_extent(p.target_w, p.pad_w) : p.target_w,
          .columns = tile.columns,
          .start = m.filter_h == 7 || m.kernel == Kernel::weight ? 5 : 2,
          .tail = m.filter_h == 7 ? 0 : 2};
}

// Activations take too many registers beside the sums.
bool can_copy_in_bulk(const Method& m, int capability) {
  const Planes& p = m.planes;
  const bool any = std::min({p.source_h, p.source_w, p.target_h, m.matrix.tiles}) > 0;
  return any && capability >= first_with_boxes && capability < first_with_less_memory &&
         m.activation == Activation::none;
}

void plan_matrix(Method& m, int capability) {
  m.matrix = matrix_of(m.planes, m.filter_h);
  if (can_copy_in_bulk(m, capability)) {
    m.bulk = bulk_of(m.planes, m.filter_h);
    if (is_worth_bulk_copies(m.bulk, m.matrix, m.filter_h)) return take(m, Kernel::bulk, m.bulk);
  }
  take(m, Kernel::matrix, m.matrix);
}

bool can_multiply(const ConvProblem& p, const Method& m, int capability) {
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) { known = multiplies<T, F>; });
  return known && m.kernel == Kernel::window && capability >= first_with_tensor_cores &&
         has_whole_packs(p, matrix_channels);
}

bool can_stage(const ConvProblem& p, const Method& m, int capability) {
  bool known = false;
  with_types(m, [&]<class F, class T>(F, T) { known = is_staged<T, F>; });
  return known && m.kernel == Kernel::window && capability >= first_with_boxes && capability < first_with_less_memory &&
         has_whole_packs(p, 8);
}

// Whether the tensor memory accelerator copies the source.
bool plan_staged(const ConvProblem& p, Method& m, int capability) {
  if (!can_stage(p, m, capability)) return false;
  if (boxed_channels(m.planes.channels) > 0) {
    m.boxed = boxed_of(m.planes, m.filter_h, m.filter_w);
    if (worth_boxing(m.planes, m.boxed)) return take(m, Kernel::boxed, m.boxed), true;
  }
  m.staged = staged_of(m.planes, m.filter_h, m.filter_w);
  if (!worth_staging(m.planes, m.staged)) return false;
  return take(m, Kernel::staged, m.staged), true;
}

// Blocks of a cluster wait for each other; that takes less time than a second kernel.
bool fits_cluster(const Method& m, int capability) {
  const int shares = m.lanes.shares();
  return m.kernel == Kernel::weight && may_cluster(m.filter_h * m.filter_w, m.stride) && shares > 1 &&
         shares <= most_of_cluster && capability >= first_with_clusters;
}

// A second kernel, to add the shares, would take longer than they save.
bool is_small_work(const Method& m) {
  return m.kernel == Kernel::weight && m.lanes.tile_blocks == 1 && m.planes.target_h <= 16;
}

void plan_strips(Method& m, int capability) {
  const std::size_t sum = m.dtype == DType::f64 ? 8 : 4;
  with_types(m, [&]<class F, class T>(F, T) {
    constexpr int taps = F::h * F::w;
    const LanesTile tile = tile_for<T, F>(m.kernel);
    m.lanes = lanes_of(m.planes, strips_for(tile, m));
    if (m.kernel == Kernel::weight) share_tiles(m.lanes, processors * 4);
    if (is_small_work(m) && !fits_cluster(m, capability)) make_one_share(m.lanes, m.planes.target_h);
    const int sums = m.kernel == Kernel::weight ? std::max(m.lanes.slots / 2, 1) * m.lanes.lanes * tile.pack * taps
                                                : taps * filter_pitch(m.lanes, tile.pack);
    m.shared_bytes = static_cast<std::size_t>(sums) * sum;
  });
  m.threads = m.lanes.threads();
  m.blocks = m.lanes.blocks();
  m.gather.shares = m.lanes.shares();
  m.gather.channel_fastest = true;
  m.gather.in_cluster = fits_cluster(m, capability);
}

void plan_squares(Method& m) {
  with_types(m, [&]<class F, class T>(F, T) {
    constexpr LanesTile tile = spread_tile<T, F>();
    m.squares = squares_of(m.planes, tile.pack, tile.ahead, tile.blocks);
    m.shared_bytes =
        static_cast<std::size_t>(F::h * F::w * filter_pitch(m.squares, tile.pack)) * std::max(sizeof(T), sizeof(float));
  });
  m.threads = m.squares.threads();
  m.blocks = m.squares.blocks();
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

void plan_lanes(const ConvProblem& p, Method& m, int capability) {
  if (can_multiply(p, m, capability))
    plan_matrix(m, capability);
  else if (m.kernel == Kernel::squares)
    plan_squares(m);
  else if (!plan_staged(p, m, capability))
    plan_strips(m, capability);
}

}  // namespace faltung::cuda_depthwise

#include "kernels/gemm/prepare_side.h"

#include <algorithm>

#include "kernels/gemm/side_packer.h"

namespace faltung::gemm {

template <class T>
std::size_t prepare_scratch_bytes(const Product<T>& product, PanelKind kind) {
  Scratch scratch(nullptr);
  SidePacker<T>(product, kind, scratch);
  return scratch.used();
}

template <class T>
void prepare_side(const Product<T>& product, PanelKind kind, std::int64_t first, std::int64_t count, T* prepared,
                  std::byte* scratch) {
  Scratch memory(scratch);
  SidePacker<T> packer(product, kind, memory);
  const std::int64_t all = product.side(kind).depth.count();
  const std::int64_t step = kind == PanelKind::rows ? count : product.group_lanes();
  for (std::int64_t begin = 0; begin < all; begin += product.tile.depth) {
    const std::int64_t depth = std::min(product.tile.depth, all - begin);
    T* block = prepared + prepared_offset(product, kind, first, count, begin);
    packer.start_block(begin, depth);
    for (std::int64_t at = 0; at < count; at += step)
      packer.pack(first + at, std::min(step, count - at),
                  block + packed_width(product, kind, at) * depth * product.parts);
  }
}

template std::size_t prepare_scratch_bytes(const Product<float>&, PanelKind);
template std::size_t prepare_scratch_bytes(const Product<double>&, PanelKind);
template std::size_t prepare_scratch_bytes(const Product<std::uint32_t>&, PanelKind);
template std::size_t prepare_scratch_bytes(const Product<std::uint64_t>&, PanelKind);
template void prepare_side(const Product<float>&, PanelKind, std::int64_t, std::int64_t, float*, std::byte*);
template void prepare_side(const Product<double>&, PanelKind, std::int64_t, std::int64_t, double*, std::byte*);
template void prepare_side(const Product<std::uint32_t>&, PanelKind, std::int64_t, std::int64_t, std::uint32_t*,
                           std::byte*);
template void prepare_side(const Product<std::uint64_t>&, PanelKind, std::int64_t, std::int64_t, std::uint64_t*,
                           std::byte*);

}  // namespace faltung::gemm

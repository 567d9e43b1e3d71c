// Packs one side of a product for the micro-kernels: panels of rows or of lanes, a block of the depth at a time.
#pragma once

#include <array>

#include "kernels/gemm/product.h"
#include "kernels/gemm/scratch.h"

namespace faltung::gemm {

// Neighbouring panels that are packed together.
class PanelGroup {
 public:
  void clear() { size_ = lanes_ = 0; }
  bool takes(int lanes) const { return size_ < max_group_panels && lanes_ + lanes <= max_group_lanes; }
  void add(int lanes, int width, void* to) {
    panels_[static_cast<std::size_t>(size_++)] = {.first = lanes_, .lanes = lanes, .width = width, .to = to};
    lanes_ += lanes;
  }
  int lanes() const { return lanes_; }
  std::span<Panel> panels() { return {panels_.data(), static_cast<std::size_t>(size_)}; }

 private:
  std::array<Panel, max_group_panels> panels_;
  int size_ = 0, lanes_ = 0;
};

template <class T>
class SidePacker {
 public:
  // `side` is the product's, maybe a copy with another base.
  SidePacker(const Product<T>& product, PanelKind kind, Scratch& scratch);

  void start_block(std::int64_t begin, std::int64_t depth);
  // The panels of rows or lanes [first, first + count) of the block, one after the other from `to` on. `count`: all
  // rows of a tile, or at most the product's group_lanes().
  void pack(std::int64_t first, std::int64_t count, T* to);

 private:
  void pack_rows(std::int64_t first, std::int64_t count, T* to);
  void pack_lanes(std::int64_t first, std::int64_t count, T* to);
  void fill(std::int64_t first);

  const Product<T>& product_;
  const Side& side_;
  PanelKind kind_;
  PanelSource source_;
  DepthStorage storage_;
  std::byte* raw_ = nullptr;
  DepthBlock block_;
  LaneBlock across_;
  PanelGroup group_;
};

}  // namespace faltung::gemm

#include "kernels/gemm/side_packer.h"

#include <algorithm>
#include <utility>

namespace faltung::gemm {
namespace {

// Room for runs or for classes, whichever take more: phases of a problem differ in that and share the scratch.
DepthStorage depth_storage(Scratch& scratch, const Side& side, std::size_t depth) {
  constexpr std::size_t each = std::max(sizeof(Run), sizeof(DepthClass) + sizeof(DepthEntry));
  std::byte* memory = scratch.take<std::byte>(depth * each);
  if (!memory) return {};
  if (side.along_depth) return {.runs = {reinterpret_cast<Run*>(memory), depth}, .classes = {}, .entries = {}};
  auto* classes = reinterpret_cast<DepthClass*>(memory);
  return {.runs = {}, .classes = {classes, depth}, .entries = {reinterpret_cast<DepthEntry*>(classes + depth), depth}};
}

}  // namespace

template <class T>
SidePacker<T>::SidePacker(const Product<T>& product, PanelKind kind, Scratch& scratch)
    : product_(product), side_(product.side(kind)), kind_(kind) {
  source_ = {.base = side_.base,
             .bounds = side_.bounded ? product.bounds : Bounds{},
             .lane = side_.across.inner(),
             .depth = side_.depth.inner()};
  const auto depth = static_cast<std::size_t>(product.tile.depth);
  storage_ = depth_storage(scratch, side_, depth);
  if (!side_.unpack || side_.stage) return;
  const std::int64_t most = kind == PanelKind::rows ? product.tile.rows : product.group_lanes();
  raw_ = scratch.take<std::byte>(depth * static_cast<std::size_t>(most) * side_.element_bytes);
}

template <class T>
void SidePacker<T>::start_block(std::int64_t begin, std::int64_t depth) {
  block_ = side_.along_depth ? depth_runs(side_.depth, begin, depth, storage_)
                             : depth_classes(side_.depth, begin, depth, storage_);
}

template <class T>
void SidePacker<T>::pack(std::int64_t first, std::int64_t count, T* to) {
  kind_ == PanelKind::rows ? pack_rows(first, count, to) : pack_lanes(first, count, to);
}

template <class T>
void SidePacker<T>::pack_rows(std::int64_t first, std::int64_t count, T* to) {
  const RowCut cut(count, product_.kernels->rows);
  for (std::int64_t i = 0; i < cut.panels;) {
    const std::int64_t begin = cut.begin(i);
    group_.clear();
    for (; i < cut.panels && group_.takes(cut.height(i)); ++i) {
      group_.add(cut.height(i), cut.height(i), to);
      to += block_.count * product_.parts * cut.height(i);
    }
    fill(first + begin);
  }
}

template <class T>
void SidePacker<T>::pack_lanes(std::int64_t first, std::int64_t count, T* to) {
  const int width = product_.panel_lanes();
  group_.clear();
  for (std::int64_t at = 0; at < count; at += width, to += block_.count * product_.parts * product_.kernels->lanes())
    group_.add(static_cast<int>(std::min<std::int64_t>(width, count - at)), width, to);
  fill(first);
}

// Packs the panels of group_, by way of the raw elements if they are not yet the numbers.
template <class T>
void SidePacker<T>::fill(std::int64_t first) {
  set_lanes(across_, side_.across, first, group_.lanes());
  if (!side_.unpack) return side_.pack(source_, across_, block_, group_.panels());
  std::array<void*, max_group_panels> targets;
  std::byte* raw = raw_;
  for (std::size_t i = 0; i < group_.panels().size(); ++i) {
    Panel& panel = group_.panels()[i];
    targets[i] = std::exchange(panel.to, raw);
    raw += static_cast<std::size_t>(block_.count * panel.width) * side_.element_bytes;
  }
  side_.pack(source_, across_, block_, group_.panels());
  for (std::size_t i = 0; i < group_.panels().size(); ++i)
    side_.unpack(group_.panels()[i].to, targets[i], block_.count, group_.panels()[i].width);
}

template class SidePacker<float>;
template class SidePacker<double>;
template class SidePacker<std::uint32_t>;
template class SidePacker<std::uint64_t>;

}  // namespace faltung::gemm

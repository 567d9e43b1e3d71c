// Packs panels of an implicit matrix, which is a view of a tensor; zeros where a coordinate is out of bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm/index_set.h"
#include "kernels/gemm/micro_kernel.h"

namespace faltung::gemm {

// Depth indices of a block with the same coordinates: one bounds check serves them all.
struct DepthClass {
  Coordinates at{};
  std::int64_t first = 0, count = 0;  // of entries
};
struct DepthEntry {
  std::int64_t index = 0;   // row of the packed panel, within the block
  std::int64_t offset = 0;  // in the tensor
};

// A range of the depth in one tensor, prepared once and used for every panel: as runs if the tensor is contiguous along
// the depth, else as classes.
struct DepthBlock {
  std::int64_t count = 0;
  std::span<const Run> runs;
  std::span<const DepthClass> classes;
  std::span<const DepthEntry> entries;
};

// Storage for a DepthBlock of up to the given count.
struct DepthStorage {
  std::span<Run> runs;
  std::span<DepthClass> classes;
  std::span<DepthEntry> entries;
};
DepthBlock depth_runs(const IndexSet& depth, std::int64_t begin, std::int64_t count, DepthStorage storage);
DepthBlock depth_classes(const IndexSet& depth, std::int64_t begin, std::int64_t count, DepthStorage storage);

// Lane indices (columns or rows) of some neighbouring panels.
inline constexpr int max_group_lanes = 256, max_group_panels = 64;
struct LaneBlock {
  int count = 0, runs = 0;
  Run run[max_group_lanes];
};
void set_lanes(LaneBlock& block, const IndexSet& lanes, std::int64_t begin, int count);

struct PanelSource {
  const std::byte* base = nullptr;
  Bounds bounds;
  Digit lane, depth;  // the innermost loops
};

// to[depth index * width + lane - first] = element, bit by bit, for `lanes` lanes from `first` on; zero from there to
// `width`.
struct Panel {
  int first = 0, lanes = 0, width = 0;
  void* to = nullptr;
};

// Packs several panels at once, because their sources are neighbours in memory.
using Pack = void (*)(const PanelSource& source, const LaneBlock& lanes, const DepthBlock& depth,
                      std::span<const Panel> panels);

// element_bytes: 1, 2, 4, 8 or 16.
Pack pack_along_lanes(std::size_t element_bytes);
Pack pack_along_depth(std::size_t element_bytes);  // depth.stride must be 1 or 2

}  // namespace faltung::gemm

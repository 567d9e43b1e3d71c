#include "kernels/gemm/pack.h"

namespace faltung::gemm {

DepthBlock depth_runs(const IndexSet& depth, std::int64_t begin, std::int64_t count, DepthStorage storage) {
  std::size_t used = 0;
  for_each_run(depth, begin, count, [&](const Run& run) { storage.runs[used++] = run; });
  return {.count = count, .runs = storage.runs.first(used), .classes = {}, .entries = {}};
}

namespace {

bool moves(const Digit& digit) { return digit.axis >= 0; }

// Number of consecutive depth indices, from the start of the innermost loops, with distinct coordinates: the extent of
// the loops inside the channel loop.
std::int64_t distinct_neighbours(const IndexSet& depth) {
  std::int64_t product = 1;
  for (int i = depth.size - 1; i >= 0 && moves(depth.digits[static_cast<std::size_t>(i)]); --i)
    product *= depth.digits[static_cast<std::size_t>(i)].extent;
  return product;
}

}  // namespace

DepthBlock depth_classes(const IndexSet& depth, std::int64_t begin, std::int64_t count, DepthStorage storage) {
  std::size_t classes = 0;
  std::int64_t entries = 0;
  const auto add_class = [&](const Coordinates& at) { storage.classes[classes++] = {.at = at, .first = entries}; };
  const auto add_entry = [&](std::int64_t index, std::int64_t offset) {
    storage.entries[static_cast<std::size_t>(entries++)] = {index, offset};
    ++storage.classes[classes - 1].count;
  };
  const Digit& inner = depth.inner();
  if (!moves(inner)) {  // a run is a class of its own
    for_each_run(depth, begin, count, [&](const Run& run) {
      if (classes == 0 || storage.classes[classes - 1].at != run.at) add_class(run.at);
      for (std::int64_t i = 0; i < run.count; ++i) add_entry(run.begin + i, plus(run.offset, times(i, inner.stride)));
    });
  } else {  // the coordinates repeat after each full round of the loops inside the channel loop
    const std::int64_t period = distinct_neighbours(depth);
    const bool periodic = period < depth.count() && depth.size > 1 && depth.count() / period == depth.digits[0].extent;
    const std::int64_t outer = depth.digits[0].stride;
    for_each_run(depth, begin, periodic ? std::min(count, period) : count, [&](const Run& run) {
      for (std::int64_t i = 0; i < run.count; ++i) {
        Coordinates at = run.at;
        at[static_cast<std::size_t>(inner.axis)] += i * inner.step;
        add_class(at);
        const std::int64_t stop = periodic ? count : run.begin + i + 1;
        std::int64_t offset = plus(run.offset, times(i, inner.stride));
        for (std::int64_t index = run.begin + i; index < stop; index += period, offset = plus(offset, outer))
          add_entry(index, offset);
      }
    });
  }
  return {.count = count,
          .runs = {},
          .classes = storage.classes.first(classes),
          .entries = storage.entries.first(static_cast<std::size_t>(entries))};
}

void set_lanes(LaneBlock& block, const IndexSet& lanes, std::int64_t begin, int count) {
  block.count = count;
  block.runs = 0;
  for_each_run(lanes, begin, count, [&](const Run& run) { block.run[block.runs++] = run; });
}

}  // namespace faltung::gemm

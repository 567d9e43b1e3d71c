// The source of a block of tiles, transformed.
#pragma once

#include "engines/cpu/winograd/block.h"
#include "engines/cpu/winograd/source.h"

namespace faltung::cpu_winograd {

template <class T>
class Input {
 public:
  Input(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block);

  std::int64_t scratch_numbers() const;
  // For the channels [channel, end), all whole vectors but the last: writes V, or the part of it that these have.
  struct Task {
    std::int64_t group = 0, tile = 0, tiles = 0;  // the block begins with that tile
    std::int64_t channel = 0, end = 0;
  };
  void run(const Operands& operands, const Task& task, T* v, T* scratch) const;

 private:
  struct Window;  // what a strip sees of the source, for one tap

  void run_strip(const std::byte* group, const Task& task, const Strip& strip, T* v, T* scratch) const;
  Window window(const Strip& strip, std::int64_t outer, std::int64_t down, std::int64_t across) const;
  void transform_down(const Window& window, const std::byte* group, std::int64_t channel, T* scratch) const;
  void transform_across(const Window& window, const Strip& strip, T* v, const T* scratch) const;

  const Correlation& correlation_;
  const Cut& cut_;
  const Block& block_;
  std::int64_t image_stride_, group_stride_, element_bytes_;
  Source<T> source_;
};

}  // namespace faltung::cpu_winograd

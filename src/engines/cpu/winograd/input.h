// An operand's elements under a block of tiles, transformed.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "engines/cpu/winograd/layout.h"
#include "engines/cpu/winograd/source.h"

namespace faltung::cpu_winograd {

// The source as the input of F(m, 3), or of a weight gradient, F(3, m); or the gradient that is the latter's filter.
struct Reading {
  Role role = Role::x;
  bool written = false;  // the gradient: it lies where Forward writes
  std::int64_t channels = 1, channel_stride = 0;
};
Reading source_of(const Correlation& correlation);
Reading gradient_of(const Correlation& correlation);

template <class T>
class Input {
 public:
  Input(const ConvProblem& problem, const Reading& reading, const Cut& cut, const Layout& layout);

  std::int64_t scratch_numbers() const;
  // For the channels [channel, end), all whole vectors but the last, and for some taps: writes what these have of V.
  struct Task {
    std::int64_t group = 0, tile = 0, tiles = 0;  // the block begins with that tile
    std::int64_t channel = 0, end = 0, base = 0;  // base: the first that V has
    std::int64_t tap = 0, taps = 1;
  };
  void run(const Operands& operands, const Task& task, T* v, T* scratch) const;

 private:
  struct Window;  // what a strip sees of the operand, for one tap

  void run_strip(const std::byte* group, const Task& task, const Strip& strip, T* v, T* scratch) const;
  Window window(const Strip& strip, std::int64_t tap) const;
  void transform_down(const Window& window, const std::byte* group, std::int64_t channel, T* scratch) const;
  void transform_across(const Window& window, const Strip& strip, T* v, const T* scratch) const;

  Reading reading_;
  const Cut& cut_;
  Layout layout_;
  TileElements outer_, down_, across_;
  std::int64_t lanes_, image_stride_, group_stride_, element_bytes_;
  Source<T> source_;
};

}  // namespace faltung::cpu_winograd

// The filters between the channels of a group and one channel of positions: where they lie, or else converted to
// scratch.
#pragma once

#include "engines/cpu/window/planes/planes.h"
#include "engines/cpu/window/tiling.h"

namespace faltung::cpu_window {

template <class T>
class PlaneWeights {
 public:
  explicit PlaneWeights(const ConvProblem& problem);

  // The sweeps of the problem, over the taps that read() returns.
  std::vector<Sweep> sweeps() const { return sweeps_of(as_read_); }
  WeightStrides strides(const Sweep& sweep) const {
    return {sweep.axes[1].tap_stride, sweep.axes[2].tap_stride, roles_of(as_read_).weight_source};
  }
  std::int64_t scratch_numbers() const { return is_copied_ ? whole_lines(numbers_) : 0; }

  const T* read(const void* w, std::int64_t group, std::int64_t channel, T* scratch) const;

 private:
  ConvProblem problem_, as_read_;
  std::int64_t numbers_;
  bool is_copied_;
};

}  // namespace faltung::cpu_window

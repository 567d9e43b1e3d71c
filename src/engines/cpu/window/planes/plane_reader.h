// An operand's planes as numbers of the type of the sums: where they lie, or else widened to scratch.
#pragma once

#include "engines/cpu/window/layout.h"
#include "engines/cpu/window/planes/planes.h"
#include "engines/cpu/window/stage.h"

namespace faltung::cpu_window {

template <class T>
class PlaneReader {
 public:
  // So many channels of a group are read together.
  PlaneReader(const ConvProblem& problem, Role role, std::int64_t channels);

  SourceStrides strides() const { return strides_; }
  std::int64_t scratch_numbers() const { return is_copied_ ? whole_lines(channels_ * strides_.channel) : 0; }
  bool is_copied() const { return is_copied_; }

  const T* read(const ConvProblem& problem, const Operands& operands, std::int64_t image, std::int64_t group,
                std::int64_t channel, T* scratch) const;

 private:
  Role role_;
  Stage<T> stage_;
  std::int64_t channels_, rows_, columns_;
  SourceStrides strides_;
  bool is_copied_;
};

}  // namespace faltung::cpu_window

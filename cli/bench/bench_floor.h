// What a GPU needs to move the bytes of a problem and no more.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "faltung/problem.h"
#include "faltung/tensor.h"

namespace faltung::cli {

// Measured once for each number of bytes and type: the passes and engines of a layer share it.
class CopyFloor {
 public:
  explicit CopyFloor(double seconds) : seconds_(seconds) {}
  // Of a copy that reads and writes, taken together, as many bytes as the problem; nothing where they find no memory.
  std::optional<double> seconds_of(const ConvProblem& problem, Device device);

 private:
  double seconds_;
  std::map<std::pair<std::size_t, DType>, std::optional<double>> known_;
};

}  // namespace faltung::cli

// XNNPACK's operators: the weights packed, and what one run at a time sets up. A run borrows one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "engines/cpu/xnnpack/library.h"
#include "faltung/problem.h"

namespace faltung::cpu_xnnpack {

class OwnedOperator {
 public:
  OwnedOperator(const ConvProblem& problem, const float* w, std::uint64_t weights);
  ~OwnedOperator() { xnnpack().destroy(made_); }
  OwnedOperator(const OwnedOperator&) = delete;
  OwnedOperator& operator=(const OwnedOperator&) = delete;

  // Of so many images, on the calling thread.
  void run(const ConvProblem& problem, std::int64_t images, const float* x, float* y) const;
  std::uint64_t weights() const noexcept { return weights_; }

 private:
  Operator made_ = nullptr;
  std::uint64_t weights_;  // which they are
};

// Those of weights that were prepared, for the next run with the same; a few, without locks.
class OperatorPool {
 public:
  OperatorPool() = default;
  ~OperatorPool();
  OperatorPool(const OperatorPool&) = delete;
  OperatorPool& operator=(const OperatorPool&) = delete;

  std::unique_ptr<OwnedOperator> take(std::uint64_t weights) const noexcept;  // null if there is none
  void give_back(std::unique_ptr<OwnedOperator> lent) const noexcept;

 private:
  mutable std::array<std::atomic<OwnedOperator*>, 16> kept_{};
  mutable std::atomic<std::size_t> next_ = 0;  // whose place is taken where all are full
};

}  // namespace faltung::cpu_xnnpack

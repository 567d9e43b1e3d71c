// Convolution, bias and activation as one kernel. MIOpen does not say that two threads may run a fusion plan at once:
// each run borrows one, and another is made when all are lent.
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "engines/hip/miopen/convolution.h"

namespace faltung::hip_miopen {

class Fusion {
 public:
  // Compiles it. Throws as check().
  Fusion(const ConvProblem& problem, const Convolution& convolution, Handle handle);
  void run(Handle handle, const Convolution& convolution, const Operands& operands) const;

 private:
  Activation activation_;
  Owned plan_;
  Descriptor convolve_ = nullptr, add_bias_ = nullptr, activate_ = nullptr;  // parts of the plan
};

class FusionPool {
 public:
  FusionPool(const ConvProblem& problem, std::shared_ptr<const Convolution> convolution, Handle handle);
  ~FusionPool();
  FusionPool(const FusionPool&) = delete;
  FusionPool& operator=(const FusionPool&) = delete;
  void run(Handle handle, const Operands& operands) const;

 private:
  void give_back(std::unique_ptr<Fusion> fusion) const noexcept;

  ConvProblem problem_;
  std::shared_ptr<const Convolution> convolution_;
  mutable std::array<std::atomic<Fusion*>, 16> free_{};
};

}  // namespace faltung::hip_miopen

// One of cuBLASLt's algorithms for a problem, usable by any thread.
#pragma once

#include <memory>
#include <optional>

#include "engines/cuda/cublaslt/algorithms.h"
#include "faltung/plan.h"

namespace faltung::cuda_cublaslt {

class CublasltPlan final : public Plan {
 public:
  // `unaligned` runs where bias or z are aligned to their elements only; nothing if there are none.
  CublasltPlan(const Request& request, Device device, Algorithm algorithm, std::optional<Algorithm> unaligned);

  std::size_t workspace_bytes() const override;
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  bool is_usable() const noexcept override { return !is_closing(); }
  void outline(Outline& outline) const override;
  std::size_t footprint_bytes() const override { return sizeof *this + sizeof *descriptors_; }

 private:
  // cuBLASLt takes pointers to what it does not change.
  struct Descriptors {
    Product product;
    Layouts layouts;
  };
  void multiply(const Operands& operands, Workspace workspace, const Execution& execution) const;

  ConvProblem problem_;
  Matmul matmul_;
  Device device_;
  cublasLtHandle_t handle_;
  Algorithm algorithm_;
  std::optional<Algorithm> unaligned_;
  std::unique_ptr<Descriptors> descriptors_;
};

}  // namespace faltung::cuda_cublaslt

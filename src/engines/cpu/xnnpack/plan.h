// A problem ready to run.
#pragma once

#include "engines/cpu/xnnpack/operators.h"
#include "faltung/plan.h"

namespace faltung::cpu_xnnpack {

// Images are divided among the threads. Prepared weights are a copy of w with a number, by which runs find operators.
class XnnpackPlan final : public Plan {
 public:
  explicit XnnpackPlan(const ConvProblem& problem);

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  std::size_t prepared_bytes() const override;
  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override;
  void outline(Outline& outline) const override;

 private:
  void run_images(const Operands& operands, std::int64_t first, std::int64_t count) const;

  ConvProblem problem_;
  OperatorPool operators_;
};

}  // namespace faltung::cpu_xnnpack

// A problem ready to run.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engines/cpu/onednn/chain.h"
#include "faltung/plan.h"

namespace faltung::cpu_onednn {

class OnednnPlan final : public Plan {
 public:
  // For teams of that size, and for the calling thread alone.
  OnednnPlan(const ConvProblem& problem, Formats formats, int team, const AllowedUse& = {});

  std::size_t workspace_bytes() const override { return workspace_bytes_; }
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  bool is_usable() const noexcept override { return !is_closing(); }
  std::size_t prepared_bytes() const override { return team_.prepared_bytes(); }
  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override;
  void outline(Outline& outline) const override;
  std::size_t footprint_bytes() const override;
  // Of the library: "brg_conv_fwd:avx2".
  std::vector<std::string_view> implementations() const;

 private:
  const Chain& chain_for(const Execution& execution) const;

  // The bias of a quantised problem, in the units of y.
  const float* scaled_bias(const Operands& operands, Workspace workspace) const;

  std::optional<ConvProblem> rest_;  // what follows the library's part
  Chain team_;
  std::optional<Chain> alone_;  // if the team is larger
  std::int64_t scaled_biases_ = 0;
  std::size_t result_offset_ = 0, workspace_bytes_ = 0;
};

}  // namespace faltung::cpu_onednn

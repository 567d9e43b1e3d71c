// One rank's planned problem, and how its order of work was chosen.
#pragma once

#include <functional>
#include <string>

#include "shard/planned/rank_plan.h"
#include "shard/planned/together.h"

namespace faltung {

class CompiledShardedConv::Impl {
 public:
  // Does not talk to the other ranks.
  Impl(const ShardedProblem& sharded, Group& group, const ShardOptions& options, Context& context);

  // Chooses together with the others.
  void choose(const ShardOptions& options);
  void run(const OperandViews& local, double alpha, const Execution& execution);

  double measure(int times, bool exchange_only);

  const RankPlan& plan() const { return *plans_[chosen_]; }
  const std::string& report() const noexcept { return report_; }

 private:
  void check(const OperandViews& local) const;
  void check_block(const TensorView& view, const TensorView& wanted, const char* name) const;
  Execution complete(const Execution& execution) const;
  double seconds_of(const std::function<void()>& run, int times);
  double measured_seconds(std::size_t plan, int times, bool exchange_only);  // of this rank

  Division division_;
  LocalViews local_;
  Group& group_;
  Policy policy_;
  Context context_;
  std::vector<std::unique_ptr<RankPlan>> plans_;  // one for each order of work that is possible
  std::size_t chosen_ = 0;
  std::string report_;
};

}  // namespace faltung

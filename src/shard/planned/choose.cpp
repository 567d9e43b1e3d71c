// Whether the interior is computed first: what is faster for the slowest rank.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "faltung/error.h"
#include "measure/numbers.h"
#include "problem/geometry.h"
#include "shard/exchange/agreement.h"
#include "shard/planned/compiled.h"

namespace faltung {
namespace {

constexpr int repetitions = 3, runs = 3;

std::string_view name_of(WorkOrder order) { return order == WorkOrder::whole ? "whole" : "interior first"; }

// Each number as the rank has it whose number is the greatest.
std::array<double, 2> greatest_of_all(Group& group, std::array<double, 2> own) {
  std::array<double, 2> greatest = own, other{};
  for (const std::string& text : texts_of_all(group, std::string(reinterpret_cast<const char*>(&own), sizeof own))) {
    if (text.size() != sizeof other) throw Error(ErrorCode::EngineFailure, "a rank does not tell its seconds");
    std::memcpy(&other, text.data(), sizeof other);
    for (std::size_t i = 0; i < own.size(); ++i) greatest[i] = std::max(greatest[i], other[i]);
  }
  return greatest;
}

// Memory of its own for a view of any strides.
class Scratch {
 public:
  explicit Scratch(const TensorView& like) : view_(like) {
    std::int64_t low = 0, high = 1;
    for (int i = 0; i < like.rank(); ++i)
      (like.strides[i] < 0 ? low : high) += std::max<std::int64_t>(like.sizes[i] - 1, 0) * like.strides[i];
    memory_ = filled(Filling::random, high - low, like.dtype, like.device);
    view_.data = memory_.narrow(0, -low, 1).data;
  }
  const TensorView& view() const noexcept { return view_; }

 private:
  TensorView view_;
  Tensor memory_;
};

}  // namespace

// Several runs are waited for together, as a program would.
double CompiledShardedConv::Impl::seconds_of(const std::function<void()>& run, int times) {
  double least = 0;
  for (int i = 0; i <= times; ++i) {
    texts_of_all(group_, "ready");
    const auto begin = std::chrono::steady_clock::now();
    for (int k = 0; k < runs; ++k) run();
    group_.wait(complete({}).stream);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / runs;
    least = i <= 1 ? seconds : std::min(least, seconds);  // the first one is no measure
  }
  return least;
}

double CompiledShardedConv::Impl::measured_seconds(std::size_t plan, int times, bool exchange_only) {
  const ConvProblem& problem = division_.problem;
  const Role written = written_role(problem.pass);
  const Scratch x(local_[0]), w(local_[1]), y(local_[2]), z(local_[index_of(written)]);
  const Tensor bias =
      filled(Filling::random, total_channels(problem.geometry, written), problem.written().dtype, context_.device());
  const LocalViews blocks{x.view(), w.view(), y.view()};
  OperandViews added;
  if (problem.epilogue.bias) added.bias = bias;
  if (problem.epilogue.add) added.z = z.view();
  const Execution execution = complete({});
  const auto run = [&] { plans_[plan]->run(blocks, added, 1.0, group_, execution); };
  const auto exchange = [&] { plans_[plan]->exchange(blocks, group_, execution); };
  return exchange_only ? seconds_of(exchange, times) : seconds_of(run, times);
}

double CompiledShardedConv::Impl::measure(int times, bool exchange_only) {
  return greatest_of_all(group_, {measured_seconds(chosen_, times, exchange_only), 0})[0];
}

void CompiledShardedConv::Impl::choose(const ShardOptions& options) {
  if (plans_.size() == 1) {
    report_ = fmt::format("{}, as asked", name_of(plans_.front()->order()));
    return;
  }
  const bool measure = options.policy.effort == Effort::Measure || options.policy.effort == Effort::Exhaustive;
  std::array<double, 2> seconds{};
  for (std::size_t plan = 0; plan < plans_.size(); ++plan)
    seconds[plan] = measure ? measured_seconds(plan, repetitions, false) : plans_[plan]->estimated_seconds(group_);
  seconds = greatest_of_all(group_, seconds);
  chosen_ = static_cast<std::size_t>(std::min_element(seconds.begin(), seconds.end()) - seconds.begin());
  report_ = fmt::format("{}: {} ms, {}: {} ms ({}, on the slowest rank)", name_of(plans_[0]->order()), 1e3 * seconds[0],
                        name_of(plans_[1]->order()), 1e3 * seconds[1], measure ? "measured" : "estimated");
  std::swap(plans_.front(), plans_[chosen_]);
  plans_.resize(1);  // the other one's buffers go
  chosen_ = 0;
}

}  // namespace faltung

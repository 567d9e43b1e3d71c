#include "verify/trial.h"

#include "problem/tolerance.h"
#include "verify/judge.h"

namespace faltung {
namespace {

// Beyond this the definition takes a second to sum: once must do.
constexpr double many_flops = 5e8;

}  // namespace

std::vector<TestData> kinds_for(const ConvProblem& problem, Accuracy accuracy) {
  if (flops_of(problem) > many_flops && has_data(problem, TestData::many_digits))
    return {accuracy.is_transformed() ? TestData::whole_numbers : TestData::many_digits};
  std::vector<TestData> kinds;
  for (const TestData kind : {TestData::whole_numbers, TestData::many_digits, TestData::not_finite})
    if (has_data(problem, kind)) kinds.push_back(kind);
  return kinds;
}

TrialRun::TrialRun(const ConvProblem& problem, const Runnable& runnable, Trial trial, std::uint64_t seed)
    : problem_(problem),
      trial_(trial),
      accuracy_(runnable.accuracy),
      numbers_(problem, trial.kind, seed),
      data_(problem, numbers_, trial.in_place),
      answers_(problem, data_, trial.kind != TestData::not_finite, runnable.accuracy),
      workspace_(runnable.workspace_bytes, 64),
      mirror_(runnable.device, memory()) {
  mirror_.upload();
  if (trial.prepared && runnable.prepare(mirror_.at(data_.operands()).w)) data_.spoil_weights();
  data_.remember();
  mirror_.upload();
}

std::vector<std::vector<std::byte>*> TrialRun::memory() {
  std::vector<std::vector<std::byte>*> all = data_.memory();
  all.push_back(&workspace_.whole());
  return all;
}

Comparison TrialRun::result() {
  mirror_.download();
  Comparison found{.data = trial_.kind};
  Judge judge(problem_.written().dtype, tolerance_of(problem_, accuracy_, numbers_.properties()), found);
  std::size_t i = 0;
  for_each_index(data_.written().extents(), [&](const Dims& index) {
    judge.element(index, data_.written().get(index), answers_.of(index, i), answers_.sum(i) != 0.0);
    ++i;
  });
  found.reason = judge.verdict();
  if (found.reason.empty()) found.reason = workspace_.guards_hold() ? data_.damage() : "wrote around its workspace";
  found.outcome = found.reason.empty() ? Outcome::passed : Outcome::failed;
  return found;
}

}  // namespace faltung

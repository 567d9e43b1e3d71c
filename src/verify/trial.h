// One run of a problem on made-up data: filled, launched, judged.
#pragma once

#include "verify/answers.h"
#include "verify/device_mirror.h"
#include "verify/verify_data.h"
#include "verify/verify_plan.h"

namespace faltung {

// How and on what a problem is run.
struct Trial {
  TestData kind;
  bool prepared = false, in_place = false;
};

// The kinds that a problem is verified on, one of them if its sums are many.
std::vector<TestData> kinds_for(const ConvProblem& problem, Accuracy accuracy);

class TrialRun {
 public:
  // With the data where they are read, and weights prepared if the trial says so. `problem` is to outlive it.
  TrialRun(const ConvProblem& problem, const Runnable& runnable, Trial trial, std::uint64_t seed);

  TrialRun(const TrialRun&) = delete;
  TrialRun& operator=(const TrialRun&) = delete;

  // Calls run(operands, workspace).
  template <class Run>
  void launch(const Run& run) {
    run(mirror_.at(data_.operands()), Workspace{mirror_.at(workspace_.data()), workspace_.size()});
  }
  // After what was launched is done.
  Comparison result();

 private:
  std::vector<std::vector<std::byte>*> memory();

  const ConvProblem& problem_;
  Trial trial_;
  Accuracy accuracy_;
  TestNumbers numbers_;
  VerifyData data_;
  Answers answers_;
  GuardedBytes workspace_;
  DeviceMirror mirror_;
};

}  // namespace faltung

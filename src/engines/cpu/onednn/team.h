// The threads that the library works with: those of an OpenMP runtime, a team for each thread that calls.
#pragma once

#include "faltung/executor.h"

namespace faltung::cpu_onednn {

// The largest team that a plan may be made for. 1 in a child of a fork: the parent's threads are not there, and the
// runtime does not know.
int largest_team();

// Whether a run may use a team of that size now: not inside another loop of ours or of OpenMP's, nor where the
// runtime would give fewer threads, which the library's code does not survive; not beside an application's executor,
// whose threads it would not use.
bool may_use_team(int size, const Execution& execution);

// While it lives, the library plans and runs with that many threads when it is called by this thread.
class TeamSize {
 public:
  explicit TeamSize(int size);
  ~TeamSize();
  TeamSize(const TeamSize&) = delete;
  TeamSize& operator=(const TeamSize&) = delete;

 private:
  int before_ = 0;
};

}  // namespace faltung::cpu_onednn

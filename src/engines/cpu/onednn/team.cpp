#include "engines/cpu/onednn/team.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>

#include "base/parallel_for.h"
#include "engines/cpu/onednn/library.h"

namespace faltung::cpu_onednn {
namespace {

std::atomic<bool> is_child = false;

[[maybe_unused]] const int at_fork = pthread_atfork(nullptr, nullptr, [] { is_child = true; });

const OpenMp* openmp() {
  const OpenMp& found = opened().openmp;
  return found.set_num_threads ? &found : nullptr;
}

}  // namespace

int largest_team() { return openmp() && !is_child ? std::max(openmp()->get_thread_limit(), 1) : 1; }

bool may_use_team(int size, const Execution& execution) {
  if (size == 1) return true;
  if (is_child || execution.executor || runs_alone()) return false;
  return (execution.threads <= 0 || execution.threads >= size) && !openmp()->in_parallel() && !openmp()->get_dynamic();
}

TeamSize::TeamSize(int size) {
  if (!openmp()) return;
  before_ = openmp()->get_max_threads();
  openmp()->set_num_threads(size);
}

TeamSize::~TeamSize() {
  if (before_ > 0) openmp()->set_num_threads(before_);
}

}  // namespace faltung::cpu_onednn

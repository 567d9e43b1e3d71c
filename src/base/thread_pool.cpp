#include "base/thread_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/event_count.h"
#include "base/never_destroyed.h"
#include "base/processors.h"
#include "base/thread_start.h"

namespace faltung {

// Kept by the pool and by each thread. What a thread shares it neither allocates nor, but for the last one, frees: its
// first use of the heap would reserve a heap of its own.
struct ThreadPool::Shared {
  std::atomic<void (*)(void*) noexcept> work{nullptr};
  std::atomic<void*> argument{nullptr};
  std::atomic<int> tickets{0};  // calls of `work` that no thread has taken yet
  std::atomic<bool> closing{false};
  std::atomic<int> keepers{1};
  EventCount changed;

  bool take_ticket() noexcept;
  void serve() noexcept;
  bool start_one();
  int start(int most);
  void let_go() noexcept {
    if (keepers.fetch_sub(1) == 1) delete this;
  }
};

namespace {

// As long as a caller may be busy with something else before it has the next region.
constexpr std::chrono::milliseconds patience{5};

}  // namespace

bool ThreadPool::Shared::take_ticket() noexcept {
  int left = tickets.load();
  while (left > 0)
    if (tickets.compare_exchange_weak(left, left - 1)) return true;
  return false;
}

void ThreadPool::Shared::serve() noexcept {
  use_all_processors();
  for (;;) {
    while (take_ticket()) work.load()(argument.load());
    if (closing.load()) return;
    changed.wait(patience, [this] { return tickets.load() > 0 || closing.load(); });
  }
}

bool ThreadPool::Shared::start_one() {
  keepers.fetch_add(1);
  const bool started = start_thread(
      [](void* self) -> void* {
        Shared& shared = *static_cast<Shared*>(self);
        shared.serve();
        shared.let_go();
        return nullptr;
      },
      this);
  if (!started) let_go();
  return started;
}

int ThreadPool::Shared::start(int most) {
  const SpareMemory kept_for_the_work;
  int count = 0;
  while (kept_for_the_work && count < most && start_one()) ++count;
  return count;
}

ThreadPool::ThreadPool(int threads) : threads_(std::clamp(threads, 1, most_thread_count())), shared_(new Shared) {}

ThreadPool::~ThreadPool() {
  shared_->closing.store(true);
  shared_->changed.notify_all();
  shared_->let_go();
}

int ThreadPool::submit(int count, void (*work)(void*) noexcept, void* argument) {
  Shared& shared = *shared_;
  shared.work.store(work);
  shared.argument.store(argument);
  std::call_once(started_, [this] {
    stay_loaded();
    running_ = shared_->start(threads_ - 1);
  });
  count = std::min(count, running_);
  shared.tickets.fetch_add(count);
  shared.changed.notify(count);
  return count;
}

namespace {

struct DefaultPool {
  ThreadPool pool;
  DefaultPool* of_the_parent;  // its threads are not in this process; nothing of it is touched, nor leaked
};

std::atomic<DefaultPool*> shared_by_all{nullptr}, of_the_parent{nullptr};

// Whatever the parent's threads were doing and whatever they had locked: the child begins with nothing.
void begin_child() {
  if (DefaultPool* const parents = shared_by_all.exchange(nullptr)) of_the_parent.store(parents);
}

[[maybe_unused]] const int at_fork = pthread_atfork(nullptr, nullptr, begin_child);

}  // namespace

Executor& default_executor() {
  if (DefaultPool* const made = shared_by_all.load()) return made->pool;
  auto made = std::unique_ptr<DefaultPool>(new DefaultPool{ThreadPool(default_thread_count()), of_the_parent.load()});
  DefaultPool* first = nullptr;
  return (shared_by_all.compare_exchange_strong(first, made.get()) ? made.release() : first)->pool;
}

}  // namespace faltung

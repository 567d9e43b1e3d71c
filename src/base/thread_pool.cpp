#include "base/thread_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/event_count.h"
#include "base/never_destroyed.h"
#include "base/processors.h"
#include "base/region.h"

namespace faltung {

struct ThreadPool::Shared {
  std::atomic<void (*)(void*) noexcept> work{nullptr};
  std::atomic<void*> argument{nullptr};
  std::atomic<int> tickets{0};  // calls of `work` that no thread has taken yet
  std::atomic<bool> closing{false};
  EventCount changed;

  bool take_ticket() noexcept;
  void serve() noexcept;
};

namespace {

// As long as a caller may be busy with something else before it has the next region.
constexpr std::chrono::milliseconds patience{5};

// The application's signal handlers run on its own threads.
class WithoutSignals {
 public:
  WithoutSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~WithoutSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  sigset_t before_;
};

template <class Body>
bool start_thread(Body body) try {
  const WithoutSignals scope;
  std::thread(std::move(body)).detach();
  return true;
} catch (const std::system_error&) {  // as many as the system allows
  return false;
}

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

ThreadPool::ThreadPool(int threads)
    : threads_(std::clamp(threads, 1, Region::most_threads)), shared_(std::make_shared<Shared>()) {}

ThreadPool::~ThreadPool() {
  shared_->closing.store(true);
  shared_->changed.notify_all();
}

int ThreadPool::submit(int count, void (*work)(void*) noexcept, void* argument) {
  Shared& shared = *shared_;
  shared.work.store(work);
  shared.argument.store(argument);
  std::call_once(started_, [this] {
    stay_loaded();
    while (running_ < threads_ - 1 && start_thread([kept = shared_] { kept->serve(); })) ++running_;
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

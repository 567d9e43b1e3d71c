#include "base/region.h"

#include <algorithm>

#include "base/work_timers.h"

namespace faltung {
namespace {

// Sleeping for the last tasks of a region and being woken costs more than this: measured with 2 and 16 threads, on
// quiet and on busy machines (docs/design/threads.md).
constexpr std::chrono::milliseconds patience{3};

constexpr std::uint32_t number_mask = (1u << 30) - 1;

constexpr std::uint64_t claims_word(std::uint32_t number, std::size_t phases_left, std::uint32_t tasks) {
  return std::uint64_t{number} << 34 | std::uint64_t{phases_left} << 28 | tasks;
}
constexpr std::uint32_t number_of(std::uint64_t claims) { return static_cast<std::uint32_t>(claims >> 34); }
constexpr int phases_left(std::uint64_t claims) { return static_cast<int>(claims >> 28 & 63); }
constexpr std::uint32_t tasks_left(std::uint64_t claims) { return static_cast<std::uint32_t>(claims & 0xfffffff); }

// Many at first so that threads seldom meet at the counter, one at last so that they end together.
std::uint32_t share(std::uint32_t tasks, int threads) {
  return std::max<std::uint32_t>(tasks / (8 * static_cast<std::uint32_t>(threads)), 1);
}

}  // namespace

void Region::open(RegionWork& work, int threads) noexcept {
  work_ = &work;
  number_ = (number_ + 1) & number_mask;
  begin_phase(0);
  const auto seats = static_cast<std::uint64_t>(threads);
  entrance_.store(std::uint64_t{number_} << 32 | seats << 16 | (seats - 1));
}

void Region::begin_phase(std::size_t phase) noexcept {
  const std::span<const std::uint32_t> tasks = work_->tasks;
  while (tasks[phase] == 0) ++phase;
  unfinished_.store(tasks[phase]);
  claims_.store(claims_word(number_, tasks.size() - 1 - phase, tasks[phase]));
}

bool Region::claim(std::uint32_t number, int threads, Claim& claim) noexcept {
  std::uint64_t word = claims_.load();
  while (number_of(word) == number && tasks_left(word) > 0) {
    const std::uint32_t count = share(tasks_left(word), threads);
    if (!claims_.compare_exchange_weak(word, word - count)) continue;
    claim = {phases_left(word), tasks_left(word), count};
    return true;
  }
  return false;
}

void Region::run(const Claim& claim, int slot) noexcept {
  RegionWork& work = *work_;
  const std::size_t phase = work.tasks.size() - 1 - static_cast<std::size_t>(claim.phases_left);
  if (!work.failed.load(std::memory_order_relaxed)) try {
      const std::int64_t begin = work.tasks[phase] - claim.tasks_left;
      work.run(work.body, static_cast<int>(phase), begin, begin + claim.count, slot);
    } catch (...) {
      if (!work.failed.exchange(true)) work.failure = std::current_exception();
    }
  // After the last task is finished the work is gone.
  if (unfinished_.fetch_sub(claim.count) != claim.count) return;
  if (claim.phases_left > 0) begin_phase(phase + 1);
  changed_.notify_all();
}

bool Region::run_claims(std::uint32_t number, int threads, int slot) noexcept {
  for (Claim next; claim(number, threads, next);) run(next, slot);
  const std::uint64_t word = claims_.load();
  return number_of(word) != number || (phases_left(word) == 0 && tasks_left(word) == 0);
}

void Region::help() noexcept {
  std::uint64_t word = entrance_.load();
  do {
    if ((word & 0xffff) == 0) return;
  } while (!entrance_.compare_exchange_weak(word, word - 1));
  const auto number = static_cast<std::uint32_t>(word >> 32);
  const int threads = static_cast<int>(word >> 16 & 0xffff), slot = static_cast<int>(word & 0xffff);
  while (!run_claims(number, threads, slot)) {
    const WorkTimer timer(TimedWork::wait);
    changed_.wait(patience, [&] { return may_go_on(number); });
  }
}

bool Region::may_go_on(std::uint32_t number) const noexcept {
  const std::uint64_t word = claims_.load();
  return number_of(word) != number || tasks_left(word) > 0 || phases_left(word) == 0;
}

void Region::wait_for_others() noexcept {
  const WorkTimer timer(TimedWork::wait);
  changed_.wait(patience, [this] { return unfinished_.load() == 0; });
}

void Region::finish() noexcept {
  const int threads = static_cast<int>(entrance_.load() >> 16 & 0xffff);
  while (!run_claims(number_, threads, 0)) {
    const WorkTimer timer(TimedWork::wait);
    changed_.wait(patience, [this] { return may_go_on(number_); });
  }
  wait_for_others();
  entrance_.store(std::uint64_t{number_} << 32);
  reserved_.store(false);
}

}  // namespace faltung

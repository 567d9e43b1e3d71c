// A region: tasks in phases that several threads claim from one counter.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <span>

#include "base/event_count.h"

namespace faltung {

// The work of a region. Lives on the calling thread's stack: only who has claimed tasks may look at it.
struct RegionWork {
  // Runs tasks [begin, end) of a phase. `slot` is the participant's number, below the region's limit.
  using Run = void (*)(void* body, int phase, std::int64_t begin, std::int64_t end, int slot);

  std::span<const std::uint32_t> tasks;  // of each phase, below 2^28
  Run run;
  void* body;
  std::atomic<bool> failed{false};  // what is left is claimed but not run
  std::exception_ptr failure{};
};

// A place for one region after another. Never freed while a helper may look at it, so that helpers that come late find
// another region's number, or no tasks, and go away; the calling thread need not know of them.
class Region {
 public:
  static constexpr int most_phases = 63;
  static constexpr std::uint32_t most_tasks = (1u << 28) - 1;
  static constexpr int most_threads = (1 << 16) - 1;

  // Takes the place for this thread, if it is free.
  bool reserve() noexcept { return !reserved_.load(std::memory_order_relaxed) && !reserved_.exchange(true); }
  // By the thread that reserved it. At least one phase; the last one has tasks.
  void open(RegionWork& work, int threads) noexcept;
  // Claims tasks until none is left, waits for those that others have begun, and gives the place back.
  void finish() noexcept;

  // Another thread takes part, if the region is open and its limit allows.
  void help() noexcept;

 private:
  struct Claim {
    int phases_left;
    std::uint32_t tasks_left, count;  // before the claim, claimed
  };
  // Tasks are claimed until none is there to claim. Returns true if there will be no further ones.
  bool run_claims(std::uint32_t number, int threads, int slot) noexcept;
  bool claim(std::uint32_t number, int threads, Claim& claim) noexcept;
  bool may_go_on(std::uint32_t number) const noexcept;
  void run(const Claim& claim, int slot) noexcept;
  void begin_phase(std::size_t phase) noexcept;
  void wait_for_others() noexcept;

  std::atomic<bool> reserved_{false};
  std::uint32_t number_ = 0;  // the owner's; others have it from entrance_ and claims_
  RegionWork* work_ = nullptr;

  alignas(64) std::atomic<std::uint64_t> entrance_{0};  // number : 32 | threads : 16 | slots left : 16
  alignas(64) std::atomic<std::uint64_t> claims_{0};    // number : 30 | phases left : 6 | tasks left : 28
  std::atomic<std::uint32_t> unfinished_{0};            // tasks of the phase
  EventCount changed_;
};

}  // namespace faltung

#include "base/parallel_for.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/thread_pool.h"

namespace faltung {
namespace {

using Counts = std::vector<std::atomic<int>>;

testing::AssertionResult each_once(const Counts& counts) {
  for (std::size_t task = 0; task < counts.size(); ++task)
    if (counts[task] != 1) return testing::AssertionFailure() << "task " << task << " ran " << counts[task] << " times";
  return testing::AssertionSuccess();
}

void work_for(std::chrono::microseconds time) {
  for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) continue;
}

TEST(ParallelFor, EachTaskRunsOnce) {
  ThreadPool pool(4);
  for (std::size_t tasks : {0u, 1u, 2u, 3u, 7u, 64u, 1000u, 100000u}) {
    Counts counts(tasks);
    parallel_for(Execution({}, &pool), static_cast<std::int64_t>(tasks),
                 [&](std::int64_t task) { ++counts[static_cast<std::size_t>(task)]; });
    EXPECT_TRUE(each_once(counts)) << tasks << " tasks";
  }
}

TEST(ParallelFor, ManyShortRegionsOneAfterTheOther) {
  ThreadPool pool(4);
  std::int64_t sum = 0;  // what tasks wrote is seen by whoever called
  for (int region = 0; region < 20000; ++region) {
    std::int64_t parts[5] = {};
    parallel_for(Execution({}, &pool), 5, [&](std::int64_t task) { parts[task] = task; });
    sum += std::accumulate(std::begin(parts), std::end(parts), std::int64_t{0});
  }
  EXPECT_EQ(sum, 20000 * 10);
}

TEST(ParallelFor, OtherThreadsHelp) {
  ThreadPool pool(3);
  std::atomic<int> here{0};
  parallel_for(Execution({}, &pool), 3, [&](std::int64_t) {  // done only if three threads are there at once
    ++here;
    while (here < 3) std::this_thread::yield();
  });
  EXPECT_EQ(here, 3);
}

TEST(ParallelFor, SlotsAreDifferentAndBelowTheLimit) {
  ThreadPool pool(8);
  for (int limit : {1, 2, 3, 8, 20}) {
    const Execution execution({}, &pool, limit);
    ASSERT_EQ(thread_count(execution), std::min(limit, 8));
    std::vector<std::atomic<bool>> taken(static_cast<std::size_t>(thread_count(execution)));
    std::atomic<int> clashes{0};
    parallel_for(execution, 200, [&](std::int64_t, int slot) {
      std::atomic<bool>& own = taken.at(static_cast<std::size_t>(slot));
      if (own.exchange(true)) ++clashes;
      work_for(std::chrono::microseconds(5));
      own = false;
    });
    EXPECT_EQ(clashes, 0);
  }
}

TEST(ParallelFor, TheFirstExceptionIsRethrownAndTheRestLeftOut) {
  ThreadPool pool(4);
  std::atomic<int> ran{0};
  const auto loop = [&] {
    parallel_for(Execution({}, &pool), 1000000, [&](std::int64_t task) {
      if (++ran == 5) throw std::out_of_range(std::to_string(task));
    });
  };
  EXPECT_THROW(loop(), std::out_of_range);
  EXPECT_LT(ran, 1000000);
  ran = 5;
  EXPECT_NO_THROW(loop());
}

TEST(ParallelFor, ALoopInsideATaskRunsAlone) {
  ThreadPool pool(4);
  Counts counts(64);
  parallel_for(Execution({}, &pool), 8, [&](std::int64_t outer) {
    EXPECT_EQ(thread_count(Execution({}, &pool)), 1);
    const std::thread::id self = std::this_thread::get_id();
    parallel_for(Execution({}, &pool), 8, [&](std::int64_t inner, int slot) {
      EXPECT_EQ(slot, 0);
      EXPECT_EQ(std::this_thread::get_id(), self);
      ++counts[static_cast<std::size_t>(8 * outer + inner)];
    });
  });
  EXPECT_TRUE(each_once(counts));
  EXPECT_EQ(thread_count(Execution({}, &pool)), 4);
}

TEST(ParallelFor, MoreCallersThanAPoolHasPlacesFor) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 48; ++caller)
    callers.emplace_back([&] {
      for (int region = 0; region < 50; ++region) {
        Counts counts(9);
        parallel_for(Execution({}, &pool), 9, [&](std::int64_t task) { ++counts[static_cast<std::size_t>(task)]; });
        if (!each_once(counts)) ++wrong;
      }
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ParallelPhases, APhaseBeginsWhenTheOneBeforeIsDone) {
  ThreadPool pool(4);
  const std::vector<std::int64_t> tasks{0, 5, 0, 1, 200, 3, 0};
  for (int repeat = 0; repeat < 500; ++repeat) {
    std::vector<std::atomic<int>> done(tasks.size());
    std::atomic<int> early{0};
    parallel_phases(Execution({}, &pool), tasks, [&](int phase, std::int64_t) {
      for (std::size_t before = 0; before < static_cast<std::size_t>(phase); ++before)
        if (done[before] != tasks[before]) ++early;
      ++done[static_cast<std::size_t>(phase)];
    });
    ASSERT_EQ(early, 0);
    for (std::size_t phase = 0; phase < tasks.size(); ++phase) ASSERT_EQ(done[phase], tasks[phase]);
  }
}

TEST(ParallelPhases, NothingToDo) {
  ThreadPool pool(4);
  const auto never = [](int, std::int64_t) { FAIL(); };
  parallel_phases(Execution({}, &pool), {}, never);
  parallel_phases(Execution({}, &pool), {0, 0}, never);
}

TEST(ParallelPhases, AnExceptionEndsThePhasesAfterIt) {
  ThreadPool pool(4);
  std::atomic<bool> later{false};
  EXPECT_THROW(parallel_phases(Execution({}, &pool), {8, 8},
                               [&](int phase, std::int64_t task) {
                                 if (phase == 1) later = true;
                                 if (task == 3) throw std::runtime_error("no");
                               }),
               std::runtime_error);
  EXPECT_FALSE(later);
}

TEST(ThreadPool, ThreadsSleepAndWakeAgain) {
  ThreadPool pool(3);
  for (int pause : {0, 50, 150, 1000, 20000}) {
    std::this_thread::sleep_for(std::chrono::microseconds(pause));
    std::atomic<int> here{0};
    parallel_for(Execution({}, &pool), 3, [&](std::int64_t) {
      ++here;
      while (here < 3) std::this_thread::yield();
    });
    EXPECT_EQ(here, 3);
  }
}

TEST(ThreadPool, MayGoWhileHelpersAreOnTheirWay) {
  for (int repeat = 0; repeat < 200; ++repeat) {
    ThreadPool pool(4);
    std::atomic<int> ran{0};
    parallel_for(Execution({}, &pool), 4, [&](std::int64_t) { ++ran; });
    EXPECT_EQ(ran, 4);
  }
}

}  // namespace
}  // namespace faltung

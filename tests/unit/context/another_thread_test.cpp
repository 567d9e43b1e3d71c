// The thread that measures for a busy one: a thread of the library's like those of its pool.
#include "context/another_thread.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace faltung {
namespace {

TEST(AnotherThread, GetsNoSignals) {
  const auto blocked = [] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return mask;
  };
  const sigset_t there = on_another_thread(blocked), here = blocked();
  for (const int signal : {SIGINT, SIGTERM, SIGALRM, SIGUSR1, SIGCHLD, SIGSEGV, SIGFPE}) {
    EXPECT_TRUE(sigismember(&there, signal)) << signal;
    EXPECT_FALSE(sigismember(&here, signal)) << signal;
  }
}

int processors_of_this_thread() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
}

void tie_to_one_processor() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof(one), &one);
}

TEST(AnotherThread, IsNotTiedToTheProcessorOfTheOneThatAsks) {
  std::thread([] {
    tie_to_one_processor();
    EXPECT_EQ(processors_of_this_thread(), 1);
    EXPECT_EQ(on_another_thread(processors_of_this_thread), processor_count());
  }).join();
}

TEST(AnotherThread, ThrowsWhatTheCallThrows) {
  const auto fail = [] { throw std::system_error(std::make_error_code(std::errc::io_error)); };
  EXPECT_THROW(on_another_thread(fail), std::system_error);
}

}  // namespace
}  // namespace faltung

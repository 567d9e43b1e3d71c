// The application's signals: its handlers run on its own threads, interrupt calls without harm and stay as they are.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "support/pools.h"
#include "support/tensors.h"

namespace faltung {
namespace {

struct Work {
  Tensor x = Tensor::zeros({4, 16, 40, 40}, DType::f32), w = Tensor::zeros({16, 16, 3, 3}, DType::f32);
  Context context = test::context_of(4);
  Work() {
    fill(x, 1);
    fill(w, 2);
  }
  bool is_right() {
    const Tensor y = conv2d(x, w, {}, {.padding = 1}, context);
    return y.as<const float>()[41] == 2 * 16 * 9;
  }
};

std::uint64_t blocked_signals(const std::filesystem::path& thread) {
  std::ifstream status(thread / "status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigBlk:")) return std::stoull(line.substr(7), nullptr, 16);
  return 0;
}

bool blocks_all(std::uint64_t blocked) {
  for (const int signal : {SIGINT, SIGTERM, SIGALRM, SIGUSR1, SIGCHLD, SIGSEGV, SIGFPE})
    if (!(blocked >> (signal - 1) & 1)) return false;
  return true;
}

TEST(Signals, GoToTheApplicationsThreadsOnly) {
  Work work;
  ASSERT_TRUE(work.is_right());
  int others = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    if (thread.path().filename() == std::to_string(getpid())) continue;
    EXPECT_TRUE(blocks_all(blocked_signals(thread.path()))) << thread.path();
    ++others;
  }
  EXPECT_GE(others, 3);
}

std::atomic<int> handled{0}, elsewhere{0};
pthread_t caller;

void handle(int) {
  ++handled;
  if (!pthread_equal(pthread_self(), caller)) ++elsewhere;
}

TEST(Signals, InterruptCallsWithoutHarm) {
  Work work;
  caller = pthread_self();
  struct sigaction ours {
  }, before{};
  ours.sa_handler = handle;  // without SA_RESTART: what sleeps is interrupted
  sigaction(SIGALRM, &ours, &before);
  const itimerval often{{0, 300}, {0, 300}}, never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  int wrong = 0;
  for (int repeat = 0; repeat < 1000 && (repeat < 30 || handled < 20); ++repeat) wrong += !work.is_right();
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(handled, 0);
  EXPECT_EQ(elsewhere, 0);
}

TEST(Signals, KeepTheirHandlersAndMask) {
  const auto settings = [] {
    std::vector<struct sigaction> all(SIGRTMAX + 1);
    for (int signal = 1; signal <= SIGRTMAX; ++signal)
      sigaction(signal, nullptr, &all[static_cast<std::size_t>(signal)]);
    return all;
  };
  sigset_t mask_before, mask_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  const auto before = settings();
  ASSERT_TRUE(Work().is_right());
  const auto after = settings();
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    const auto i = static_cast<std::size_t>(signal);
    EXPECT_EQ(before[i].sa_handler, after[i].sa_handler) << signal;
    EXPECT_EQ(sigismember(&mask_before, signal), sigismember(&mask_after, signal)) << signal;
  }
}

}  // namespace
}  // namespace faltung

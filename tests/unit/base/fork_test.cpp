// A process that has worked with several threads forks; the child has none of them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/parallel_for.h"
#include "faltung/conv.h"

#if defined(__SANITIZE_THREAD__)
#define FALTUNG_THREADS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FALTUNG_THREADS_WATCHED 1
#endif
#endif

namespace faltung {
namespace {

bool convolves_and_copies() {
  const Tensor input = Tensor::empty({2, 16, 64, 64}, DType::f32), weight = Tensor::empty({16, 16, 3, 3}, DType::f32);
  fill(input, 1);
  fill(weight, 1);
  const Tensor output = clone(conv2d(input, weight, {}, {.padding = 1}), MemoryFormat::channels_last);
  return output.as<const float>()[65 * 16] == 16 * 9;
}

// What the child returns, or a signal's number and 256; a child that hangs is ended by the alarm.
template <class Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

class Fork : public testing::Test {
 protected:
  void SetUp() override {
#ifdef FALTUNG_THREADS_WATCHED
    GTEST_SKIP() << "the thread sanitizer allows no threads after a fork";
#endif
  }
};

TEST_F(Fork, TheChildConvolvesAndCopies) {
  ASSERT_TRUE(convolves_and_copies());
  EXPECT_EQ(in_child(convolves_and_copies), 0);
  EXPECT_TRUE(convolves_and_copies());
}

TEST_F(Fork, AChildOfAChildToo) {
  ASSERT_TRUE(convolves_and_copies());
  EXPECT_EQ(in_child([] { return convolves_and_copies() && in_child(convolves_and_copies) == 0; }), 0);
}

TEST_F(Fork, WhileOtherThreadsWork) {
  std::atomic<bool> end{false};
  std::thread other([&] {
    while (!end) parallel_for(Execution(), 100, [](std::int64_t) {});
  });
  for (int repeat = 0; repeat < 50; ++repeat) {
    EXPECT_EQ(in_child([] {
                std::atomic<int> ran{0};
                parallel_for(Execution(), 100, [&](std::int64_t) { ++ran; });
                return ran == 100;
              }),
              0);
  }
  end = true;
  other.join();
}

}  // namespace
}  // namespace faltung

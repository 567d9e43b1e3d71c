// Where cpu.onednn runs: with how many threads, inside of other loops, after a fork, while a program ends.
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <cfenv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/parallel_for.h"
#include "onednn/onednn.h"
#include "support/pools.h"

namespace faltung {
namespace {

using test::Case;
using test::only_onednn;

class OnednnSurroundings : public test::OnednnTest {
 protected:
  // Null where the library has no threads.
  static const cpu_onednn::OpenMp& openmp() { return cpu_onednn::opened().openmp; }
};

std::size_t threads_of_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST_F(OnednnSurroundings, TheCallersNumberOfThreadsIsBackAfterACall) {
  if (!openmp().set_num_threads) GTEST_SKIP() << "the library has no threads";
  openmp().set_num_threads(5);
  const Case own(test::cases[0]);
  EXPECT_EQ(own.got(), own.want());
  EXPECT_EQ(openmp().get_max_threads(), 5);
}

TEST_F(OnednnSurroundings, NoThreadIsStartedWhereThePolicyAllowsOne) {
  std::thread([] {  // whatever teams other threads have
    const Case own(test::cases[0]);
    const std::size_t before = threads_of_process();
    EXPECT_EQ(own.got(only_onednn(1)), own.want());
    EXPECT_EQ(threads_of_process(), before);
  })
      .join();
}

TEST_F(OnednnSurroundings, AnExecutionWithFewerThreadsIsRunAlone) {
  Case own(test::cases[0]);
  const std::vector<float> want = own.want();
  const CompiledConv compiled = compile(own.problem, only_onednn());
  compiled.run({.x = own.arrays.x.data(), .w = own.arrays.w.data(), .y = own.arrays.y.data()},
               Execution({}, nullptr, 1));
  EXPECT_EQ(own.arrays.y, want);
}

TEST_F(OnednnSurroundings, TasksOfALoopRunItAloneEach) {
  const Case shared(test::cases[0]);
  const std::vector<float> want = shared.want();
  std::atomic<int> wrong = 0;
  const CompiledConv compiled = compile(shared.problem, only_onednn());
  parallel_for({}, 16, [&](std::int64_t) {
    test::Arrays<float> own = shared.arrays;
    compiled.run({.x = own.x.data(), .w = own.w.data(), .y = own.y.data()});
    wrong += own.y != want;
  });
  EXPECT_EQ(wrong, 0);
}

TEST_F(OnednnSurroundings, AnApplicationsThreadsAreNotPassedOver) {
  Context context = test::context_of(3);
  const Selection selection = explain(Case(test::cases[0]).problem, only_onednn(3), context);
  EXPECT_EQ(selection.chosen(), nullptr);
  EXPECT_NE(print(selection).find("its threads are OpenMP's, not an application's"), std::string::npos);
}

TEST_F(OnednnSurroundings, NeitherRoundingNorSubnormalNumbersDependOnTheCaller) {
  Case own("fwd f32 nhwc n1 c16 k16 i8x8 f1x1");
  std::fill(own.arrays.x.begin(), own.arrays.x.end(), 0x1p-100f);
  std::fill(own.arrays.w.begin(), own.arrays.w.end(), 0x1p-40f);
  const std::vector<float> want = own.got();
  EXPECT_EQ(want[0], 16 * 0x1p-140f);
  std::fesetround(FE_UPWARD);
#if defined(__x86_64__)
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush and take subnormal numbers as zero
#endif
  const std::vector<float> got = own.got();
#if defined(__x86_64__)
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(after & 0x8040u, 0x8040u);
#endif
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(got, want);
}

TEST_F(OnednnSurroundings, AChildOfAForkConvolves) {
  const Case own(test::cases[0]);
  const std::vector<float> want = own.want();
  Case again(test::cases[0]);
  const CompiledConv planned_before = compile(own.problem, only_onednn());
  ASSERT_EQ(own.got(), want);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    planned_before.run({.x = again.arrays.x.data(), .w = again.arrays.w.data(), .y = again.arrays.y.data()});
    const Case planned_here(test::cases[1]);
    _exit(again.arrays.y == want && planned_here.got() == planned_here.want() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(own.got(), want);
}

using OnednnSurroundingsDeathTest = OnednnSurroundings;

// Runs a plan that was made before, and makes new ones.
void work_at_the_end(const CompiledConv& planned, Case& own) {
  const Case fresh(test::cases[1]);
  planned.run({.x = own.arrays.x.data(), .w = own.arrays.w.data(), .y = own.arrays.y.data()});
  if (own.arrays.y != own.want() || fresh.got({}) != fresh.want()) _exit(1);
  default_context().clear_cache();
}

[[noreturn]] void end() {
  static Case own(test::cases[0]);
  static std::optional<CompiledConv> planned;
  std::atexit([] { work_at_the_end(*planned, own); });  // runs after the library's own handlers
  Policy policy;
  policy.without = {"cpu.gemm", "cpu.window"};
  planned.emplace(compile(own.problem, policy));
  if (planned->engine() != "cpu.onednn") _exit(1);
  std::atexit([] { work_at_the_end(*planned, own); });  // runs before them
  std::exit(0);
}

[[noreturn]] void end_beside_threads_that_plan() {
  for (int i = 0; i < 2; ++i)
    std::thread([i] {
      for (int extent = 8;; ++extent) {
        const Case fresh("fwd f32 nhwc n1 c8 k8 i" + std::to_string(8 + extent % 100 + 100 * i) +
                         "x9 f3x3 p1 notransforms");
        if (fresh.got({}) != fresh.want()) _exit(1);
        if (extent % 50 == 0) default_context().clear_cache();
      }
    }).detach();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::exit(0);
}

TEST_F(OnednnSurroundingsDeathTest, ItWorksWhileAProgramEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(end(), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(end_beside_threads_that_plan(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace faltung

// Threads that a limit on memory leaves no room for are done without: the work goes on with fewer.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "faltung/conv.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FALTUNG_MEMORY_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FALTUNG_MEMORY_WATCHED 1
#endif
#endif

namespace faltung {
namespace {

std::size_t address_space_in_use() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

bool convolves_with_less_than(std::size_t more_bytes) {
  const rlimit limit{address_space_in_use() + more_bytes, address_space_in_use() + more_bytes};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return false;
  const Tensor input = Tensor::empty({8, 16, 64, 64}, DType::f32), weight = Tensor::empty({16, 16, 3, 3}, DType::f32);
  fill(input, 1);
  fill(weight, 1);
  for (int repeat = 0; repeat < 20; ++repeat)
    if (conv2d(input, weight, {}, {.padding = 1, .numerics = {.transforms = false}}).as<const float>()[65] != 16 * 9)
      return false;
  return true;
}

// Begins without a pool, as every child does.
bool child_convolves_with_less_than(std::size_t more_bytes) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    setenv("FALTUNG_NUM_THREADS", "4096", 1);
    _exit(convolves_with_less_than(more_bytes) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(ThreadMemory, IsLeftToTheWork) {
#ifdef FALTUNG_MEMORY_WATCHED
  GTEST_SKIP() << "sanitizers need address space of their own";
#endif
  for (const std::size_t megabytes : {32, 100, 300, 1000, 4000})
    EXPECT_TRUE(child_convolves_with_less_than(megabytes << 20)) << megabytes;
}

}  // namespace
}  // namespace faltung

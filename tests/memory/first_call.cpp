// The first call of a process, with each of its allocations failing in turn: what is made once, and the threads, are
// then made by a later call.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "faltung/faltung.h"
#include "memory/failing_allocations.h"

namespace {

using namespace faltung;

float input[2 * 8 * 32 * 32], weight[8 * 8 * 3 * 3];

bool convolves() {
  const Tensor y = conv2d(TensorView::of(input, {2, 8, 32, 32}), TensorView::of(weight, {8, 8, 3, 3}), {},
                          {.padding = 1, .numerics = {.transforms = false}});
  return clone(y, MemoryFormat::channels_last).as<const float>()[33 * 8] == 8 * 9;
}

// 0: the call made fewer allocations. 1: as it should be. 2: not so.
int child(long before) {
  test::fail_one_allocation_after(before);
  bool right = true;
  try {
    right = convolves();
  } catch (const std::bad_alloc&) {
  } catch (const Error& error) {
    right = error.code() == ErrorCode::OutOfMemory;
  }
  const bool failed = test::allocation_has_failed();
  return !right || !convolves() ? 2 : failed ? 1 : 0;
}

int in_child(long before) {
  const pid_t process = fork();
  if (process == 0) {
    alarm(60);
    _exit(child(before));
  }
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

}  // namespace

// first_call [N]: with N it is this process that has its allocation after N fail.
int main(int argc, char** argv) {
  for (float& value : input) value = 1;
  for (float& value : weight) value = 1;
  if (argc == 2) return child(std::atol(argv[1])) == 2;
  long before = 0;
  int outcome = 1;
  while (outcome == 1) outcome = in_child(before++);
  std::printf("%ld allocations\n", before - 1);
  return outcome == 0 && before > 50 ? 0 : 1;
}

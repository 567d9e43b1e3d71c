// Starts threads, where memory may be short.
#pragma once

#include <cstddef>

namespace faltung {

// A thread that runs body(argument) and is waited for by nobody. It handles no signals, and its stack is small: kernels
// need little, and many stacks shall fit beside the work under a limit on memory. False if the system gives no thread.
bool start_thread(void* (*body)(void*), void* argument) noexcept;

// Address space held back while threads are started, so that their stacks leave some to the work. False if there is
// not even that much.
class SpareMemory {
 public:
  SpareMemory() noexcept;
  ~SpareMemory();
  SpareMemory(const SpareMemory&) = delete;
  SpareMemory& operator=(const SpareMemory&) = delete;
  explicit operator bool() const noexcept { return memory_ != nullptr; }

 private:
  void* memory_;
};

}  // namespace faltung

#include "memory/failing_allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

namespace {

constexpr long never = std::numeric_limits<long>::max();
std::atomic<long> before_failure{never}, in_use{0};

bool fails() noexcept { return before_failure.load() != never && before_failure.fetch_sub(1) == 0; }

void* aligned(std::size_t alignment, std::size_t bytes) noexcept {
  void* memory = nullptr;
  return posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, bytes ? bytes : 1) == 0
             ? memory
             : nullptr;
}

void* allocated(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) noexcept {
  void* const memory = fails() ? nullptr : aligned(alignment, bytes);
  if (memory) ++in_use;
  return memory;
}

void* allocated_or_throw(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
  if (void* const memory = allocated(bytes, alignment)) return memory;
  throw std::bad_alloc();
}

void release(void* memory) noexcept {
  if (memory) --in_use;
  std::free(memory);
}

}  // namespace

namespace faltung::test {

void fail_one_allocation_after(long before) noexcept { before_failure.store(before); }
bool allocation_has_failed() noexcept { return before_failure.exchange(never) < 0; }
long blocks_in_use() noexcept { return in_use.load(); }

}  // namespace faltung::test

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return fails() ? nullptr : aligned(alignment, bytes);
}

using Alignment = std::align_val_t;
void* operator new(std::size_t bytes) { return allocated_or_throw(bytes); }
void* operator new[](std::size_t bytes) { return allocated_or_throw(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocated(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocated(bytes); }
void* operator new(std::size_t bytes, Alignment alignment) {
  return allocated_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, Alignment alignment, const std::nothrow_t&) noexcept {
  return allocated(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, Alignment) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, Alignment) noexcept { release(memory); }

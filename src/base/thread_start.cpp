#include "base/thread_start.h"

#include <pthread.h>
#include <sys/mman.h>

#include "base/blocked_signals.h"

namespace faltung {
namespace {

constexpr std::size_t stack_bytes = 1 << 20, spare_bytes = 256 << 20;

class Attributes {
 public:
  Attributes() noexcept {
    pthread_attr_init(&attributes_);
    pthread_attr_setdetachstate(&attributes_, PTHREAD_CREATE_DETACHED);
  }
  ~Attributes() { pthread_attr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  void make_stack_small() noexcept {
    std::size_t usual = 0;
    pthread_attr_getstacksize(&attributes_, &usual);
    if (usual > stack_bytes) pthread_attr_setstacksize(&attributes_, stack_bytes);
  }
  const pthread_attr_t* get() const noexcept { return &attributes_; }

 private:
  pthread_attr_t attributes_;
};

}  // namespace

bool start_thread(void* (*body)(void*), void* argument) noexcept {
  const BlockedSignals scope;  // the application's handlers run on its own threads
  Attributes attributes;
  pthread_t thread;
  attributes.make_stack_small();
  if (pthread_create(&thread, attributes.get(), body, argument) == 0) return true;
  // A program's thread-local variables lie on the stack as well, and may need the usual size.
  return pthread_create(&thread, Attributes().get(), body, argument) == 0;
}

SpareMemory::SpareMemory() noexcept
    : memory_(mmap(nullptr, spare_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
  if (memory_ == MAP_FAILED) memory_ = nullptr;
}

SpareMemory::~SpareMemory() {
  if (memory_) munmap(memory_, spare_bytes);
}

}  // namespace faltung

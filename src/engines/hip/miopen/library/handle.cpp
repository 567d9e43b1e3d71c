#include "engines/hip/miopen/library/handle.h"

#include <array>
#include <mutex>
#include <vector>

#include "base/never_destroyed.h"

namespace faltung::hip_miopen {
namespace {

struct Kept {
  Device device;
  void* stream = nullptr;
  Handle handle = nullptr;
};

// Handles of ended threads, for new ones: a handle has the kernels that it loaded, and creating one takes long. They
// are never destroyed.
class Pool {
 public:
  Handle take(Device device, void* stream) {
    {
      const std::lock_guard lock(mutex_);
      for (Kept& kept : free_) {
        if (kept.device != device) continue;
        const Handle handle = kept.handle;
        kept = free_.back();
        free_.pop_back();
        check(miopen().set_stream(handle, stream), "miopenSetStream");
        return handle;
      }
    }
    Handle handle = nullptr;
    check(miopen().create_handle(&handle, stream), "miopenCreateWithStream");
    return handle;
  }
  void give_back(const Kept& kept) noexcept try {
    const std::lock_guard lock(mutex_);
    free_.push_back(kept);
  } catch (...) {  // out of memory: the handle is lost
  }

 private:
  std::mutex mutex_;
  std::vector<Kept> free_;
};

Pool& pool() {
  static NeverDestroyed<Pool> shared;
  return *shared;
}

constexpr std::size_t most_streams = 8;  // a thread that uses more gives back the handle of the oldest one

struct ThreadHandles {
  std::array<Kept, most_streams> all;
  std::size_t next = 0;

  ~ThreadHandles() {
    if (is_closing()) return;
    for (const Kept& kept : all)
      if (kept.handle) pool().give_back(kept);
  }
  Handle get(Device device, void* stream) {
    for (const Kept& kept : all)
      if (kept.handle && kept.stream == stream && kept.device == device) return kept.handle;
    const Kept fresh{device, stream, pool().take(device, stream)};
    Kept& place = all[next++ % most_streams];
    if (place.handle) pool().give_back(place);
    place = fresh;
    return fresh.handle;
  }
};

}  // namespace

Handle handle_for(Device device, void* stream) {
  if (auto* const own = PerThread<ThreadHandles>::get()) return own->get(device, stream);
  thread_local auto* const late = new ThreadHandles;  // the thread is ending: nothing of it is destroyed any more
  return late->get(device, stream);
}

}  // namespace faltung::hip_miopen

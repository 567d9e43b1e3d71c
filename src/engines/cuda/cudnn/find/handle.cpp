#include "engines/cuda/cudnn/find/handle.h"

#include <cuda_runtime_api.h>

#include <array>
#include <mutex>
#include <vector>

#include "base/never_destroyed.h"
#include "device/cuda/runtime/capture.h"
#include "engines/cuda/cudnn/find/library.h"

namespace faltung::cuda_cudnn {
namespace {

struct Kept {
  int device = 0;
  cudaStream_t stream = nullptr;
  cudnnHandle_t handle = nullptr;
};

// Handles of ended threads for reuse by new ones: creating one takes milliseconds. Plans may refer to the handle that
// they were made with.
class Pool {
 public:
  cudnnHandle_t take(int device) {
    {
      const std::lock_guard lock(mutex_);
      for (Kept& kept : free_) {
        if (kept.device != device) continue;
        const cudnnHandle_t handle = kept.handle;
        kept = free_.back();
        free_.pop_back();
        return handle;
      }
    }
    cudnnHandle_t handle = nullptr;
    const cuda::CaptureAllowsAll guard;  // creating a handle allocates device memory
    check(cudnn().create_handle(&handle), "cudnnCreate");
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

// A thread that uses more streams rebinds its oldest handle to the new stream.
constexpr std::size_t most_streams = 8;

struct ThreadHandles {
  std::array<Kept, most_streams> all;
  std::size_t count = 0, oldest = 0;

  ~ThreadHandles() {
    if (is_closing()) return;
    for (std::size_t i = 0; i < count; ++i) pool().give_back(all[i]);
  }

  cudnnHandle_t add(int device, cudaStream_t stream) {
    const Kept fresh{device, stream, pool().take(device)};
    const bool full = count == most_streams;
    Kept& place = all[full ? oldest : count];
    if (full)
      pool().give_back(place), oldest = (oldest + 1) % most_streams;
    else
      ++count;
    place = fresh;
    check(cudnn().set_stream(fresh.handle, stream), "cudnnSetStream");
    return fresh.handle;
  }
};

ThreadHandles& thread_handles() {
  if (auto* const own = PerThread<ThreadHandles>::get()) return *own;
  thread_local auto* const late = new ThreadHandles;  // the thread is ending: nothing of it is destroyed any more
  return *late;
}

}  // namespace

cudnnHandle_t handle_for(int device, cudaStream_t stream) {
  ThreadHandles& handles = thread_handles();
  for (std::size_t i = 0; i < handles.count; ++i) {
    const Kept& kept = handles.all[i];
    if (kept.stream == stream && kept.device == device) return kept.handle;
  }
  return handles.add(device, stream);
}

}  // namespace faltung::cuda_cudnn

// The library's objects that a run needs for itself: a stream, and memories, in which its pointers are put.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <vector>

#include "engines/cpu/onednn/handles.h"

namespace faltung::cpu_onednn {

struct Objects {
  Stream stream;
  std::vector<Memory> memories;
};

// Sets that runs borrow; what runs beside more than these makes its own.
class ObjectPool {
 public:
  // make() gives Objects.
  template <class Make>
  void fill(const Make& make) {
    for (Shared& shared : shared_) shared.objects = make();
  }

  // Calls work(objects) with a set that no other run has.
  template <class Make, class Work>
  void lend(const Make& make, const Work& work) const {
    if (Shared* const found = take()) {
      const Return at_end{found};
      work(found->objects);
    } else {
      work(make());
    }
  }

 private:
  struct Shared {
    std::atomic<bool> taken = false;
    Objects objects;
  };
  struct Return {
    Shared* shared;
    ~Return() { shared->taken.store(false, std::memory_order_release); }
  };

  // Null if all are taken.
  Shared* take() const {
    for (Shared& shared : shared_)
      if (!shared.taken.load(std::memory_order_relaxed) && !shared.taken.exchange(true, std::memory_order_acquire))
        return &shared;
    return nullptr;
  }

  mutable std::array<Shared, 8> shared_;
};

}  // namespace faltung::cpu_onednn

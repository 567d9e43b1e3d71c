// An object of MIOpen's with its owner.
#pragma once

#include <utility>

#include "engines/hip/miopen/library/library.h"

namespace faltung::hip_miopen {

class Owned {
 public:
  using Destroy = Status (*)(Descriptor);
  Owned() = default;
  Owned(Descriptor object, Destroy destroy) noexcept : object_(object), destroy_(destroy) {}
  Owned(Owned&& other) noexcept : object_(std::exchange(other.object_, nullptr)), destroy_(other.destroy_) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(destroy_, other.destroy_);
    return *this;
  }
  ~Owned() {
    if (object_ && !is_closing()) destroy_(object_);
  }
  Descriptor get() const noexcept { return object_; }

 private:
  Descriptor object_ = nullptr;
  Destroy destroy_ = nullptr;
};

template <class... Arguments>
Owned make_owned(const char* what, Owned::Destroy destroy, Status (*create)(Descriptor*, Arguments...),
                 Arguments... arguments) {
  Descriptor object = nullptr;
  check(create(&object, arguments...), what);
  return {object, destroy};
}

}  // namespace faltung::hip_miopen

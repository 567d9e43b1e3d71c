// Host memory as it would lie on a device: for plans that are verified there with the data and the guard zones of the
// host.
#pragma once

#include <cstddef>
#include <vector>

#include "faltung/compile.h"
#include "faltung/tensor.h"

namespace faltung {

class DeviceMirror {
 public:
  // On the CPU the memory stands for itself.
  DeviceMirror(Device device, const std::vector<std::vector<std::byte>*>& host);

  void upload();
  void download();
  // Where a host address lies on the device: aligned alike up to 256 bytes. Null stays null.
  template <class T>
  T* at(T* host) const {
    return const_cast<T*>(static_cast<const T*>(find(host)));
  }
  Operands at(const Operands& host) const;

 private:
  struct Piece {
    std::vector<std::byte>* host;
    Tensor storage;
    TensorView there;  // the same bytes
  };
  const void* find(const void* host) const;

  Device device_;
  std::vector<Piece> pieces_;
};

}  // namespace faltung

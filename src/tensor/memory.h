// Where tensors of a device get their storage and how they are copied. The CPU's is built in; a GPU backend registers
// its own when its library is found.
#pragma once

#include <cstddef>
#include <memory>

#include "faltung/tensor.h"

namespace faltung {

class Memory {
 public:
  virtual ~Memory() = default;
  // Uninitialised, aligned to at least 64 bytes. Throws OutOfMemory saying how many bytes were asked for.
  virtual std::shared_ptr<void> allocate(std::size_t bytes) = 0;
  // As faltung::copy; at least one side lies on this device, extents are equal and checked.
  virtual void copy(const TensorView& source, const TensorView& destination) = 0;
  virtual void fill(const TensorView& destination, double value) = 0;
  // Waits until all work on the stream (null: the default one) is done.
  virtual void synchronize(void* /*native_stream*/) {}
};

// Throws Unsupported, with the reason, for a device that has no memory registered.
Memory& memory_of(Device device);

// `memory` lives for the program. Called once a device type, before its first tensor.
void register_memory(DeviceType type, Memory& memory);

}  // namespace faltung

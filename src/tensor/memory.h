// Where tensors of a device get their storage, how they are copied and how their streams are ordered. The CPU's is
// built in, CUDA's in tensor/cuda/.
#pragma once

#include <cstddef>
#include <memory>

#include "faltung/tensor.h"

namespace faltung {

class Memory {
 public:
  virtual ~Memory() = default;
  // Uninitialised, aligned to at least 64 bytes, in the stream's order. Throws OutOfMemory saying how many bytes were
  // asked for.
  virtual std::shared_ptr<void> allocate(std::size_t bytes, Device device, const Execution& execution) = 0;
  // As faltung::copy; at least one side lies on this kind of device, extents are equal and checked. Returns when host
  // memory has been read or written; work between devices goes on.
  virtual void copy(const TensorView& source, const TensorView& destination, const Execution& execution) = 0;
  virtual void fill(const TensorView& destination, double value, const Execution& execution) = 0;
  // As sum_all_but() of tensor/reduce.h; arguments are checked, there is something to add.
  virtual void sum(const TensorView& view, int axis, const TensorView& out, const Execution& execution) = 0;

  // What a kind of device without streams need not do.
  // Makes the device the calling thread's; returns the index of the one before.
  virtual int activate(int /*index*/) { return 0; }
  virtual void synchronize(Device, void* /*stream*/) {}
  // A mark in the stream's order: what it was given so far.
  virtual std::shared_ptr<void> record(Device, void* /*stream*/) { return nullptr; }
  virtual void wait(Device, void* /*stream*/, const std::shared_ptr<void>& /*mark*/) {}
};

// Throws Unsupported, with the reason, for a device that has no memory here.
Memory& memory_of(Device device);

// The execution's stream if it is one of that device; else null, the device's default stream.
inline void* stream_on(Device device, const Execution& execution) noexcept {
  return execution.stream.device == device ? execution.stream.native : nullptr;
}

// The calling thread works on that device while this lives.
class DeviceScope {
 public:
  explicit DeviceScope(Device device) : device_(device) {
    if (device.type != DeviceType::cpu) before_ = memory_of(device).activate(device.index);
  }
  ~DeviceScope() {
    if (device_.type != DeviceType::cpu && before_ != device_.index) memory_of(device_).activate(before_);
  }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  Device device_;
  int before_ = 0;
};

}  // namespace faltung

// Memory of a kind of device: allocation, copies and ordering of streams. Each kind's is in its folder of src/device/.
#pragma once

#include <cstddef>
#include <memory>

#include "faltung/tensor.h"

namespace faltung {

class Memory {
 public:
  virtual ~Memory() = default;
  // Uninitialised, at least 64-byte aligned, ordered by the execution's stream. Throws OutOfMemory with the number
  // of bytes requested.
  virtual std::shared_ptr<void> allocate(std::size_t bytes, Device device, const Execution& execution) = 0;
  // Like faltung::copy(); at least one side is on this kind of device, extents are
  // equal and checked. Returns when host memory has been read or written; work between devices may still be running.
  virtual void copy(const TensorView& source, const TensorView& destination, const Execution& execution) = 0;
  virtual void fill(const TensorView& destination, double value, const Execution& execution) = 0;
  // Like sum_all_but() of tensor/reduce.h; arguments are checked and the sum is not empty.
  virtual void sum(const TensorView& view, int axis, const TensorView& out, const Execution& execution) = 0;

  // Optional; the defaults suit devices without streams. activate() makes the device current for the calling thread and
  // returns the index of the previous one.
  virtual int activate(int /*index*/) { return 0; }
  virtual void synchronize(Device, void* /*stream*/) {}
  // Records an event in the stream, after the work submitted so far.
  virtual std::shared_ptr<void> record(Device, void* /*stream*/) { return nullptr; }
  virtual void wait(Device, void* /*stream*/, const std::shared_ptr<void>& /*mark*/) {}
  // Whether the work submitted so far is complete; throws EngineFailure if it failed.
  virtual bool is_done(Device, void* /*stream*/) { return true; }
  // Lets kernels of another device read and write this one's memory, where the two are linked.
  virtual void share(Device /*device*/, Device /*with*/) {}
  // A stream beside the others, which waits for none of them, not for the default one either. Its end waits for its
  // work.
  virtual std::shared_ptr<void> make_stream(Device) { return nullptr; }
};

// Throws Unsupported with the reason if there is no memory for the device.
Memory& memory_of(Device device);

// The execution's stream if it is one of that device; else null, the device's default stream.
inline void* stream_on(Device device, const Execution& execution) noexcept {
  return execution.stream.device == device ? execution.stream.native : nullptr;
}

// Makes the device current for the calling thread, and restores the previous one.
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

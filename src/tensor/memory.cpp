// CPU memory, and the registry of memories by device.
#include "tensor/memory.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/cuda/device.h"
#include "base/hip/device.h"
#include "base/never_destroyed.h"
#include "tensor/copy.h"
#include "tensor/cuda/memory.h"
#include "tensor/hip/memory.h"
#include "tensor/reduce.h"

namespace faltung {
namespace {

constexpr std::size_t alignment = 64;  // a cache line, and the widest vector

class CpuMemory : public Memory {
 public:
  std::shared_ptr<void> allocate(std::size_t bytes, Device, const Execution&) override {
    const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    void* pointer = std::aligned_alloc(alignment, rounded);
    if (!pointer) throw Error(ErrorCode::OutOfMemory, fmt::format("no memory for a tensor of {} bytes", bytes));
    return {pointer, [](void* p) { std::free(p); }};
  }
  void copy(const TensorView& source, const TensorView& destination, const Execution& execution) override {
    copy_on_cpu(source, destination, execution);
  }
  void fill(const TensorView& destination, double value, const Execution& execution) override {
    fill_on_cpu(destination, value, execution);
  }
  void sum(const TensorView& view, int axis, const TensorView& out, const Execution& execution) override {
    sum_on_cpu(view, axis, out, execution);
  }
};

}  // namespace

Memory& memory_of(Device device) {
  static NeverDestroyed<CpuMemory> cpu;
  if (device.type == DeviceType::cpu) return *cpu;
  if (device.type == DeviceType::hip) {
    if (Memory* memory = hip::memory()) return *memory;
    throw Error(ErrorCode::Unsupported, fmt::format("no HIP tensors here: {}", hip::unavailable()));
  }
  if (Memory* memory = cuda::memory()) return *memory;
  throw Error(ErrorCode::Unsupported, fmt::format("no CUDA tensors here: {}", cuda::unavailable()));
}

void synchronize(const Stream& stream) { memory_of(stream.device).synchronize(stream.device, stream.native); }

void order(const Stream& earlier, const Stream& later) {
  if (earlier.device == later.device && earlier.native == later.native) return;
  Memory& memory = memory_of(earlier.device);
  if (const std::shared_ptr<void> mark = memory.record(earlier.device, earlier.native))
    memory_of(later.device).wait(later.device, later.native, mark);
}

}  // namespace faltung

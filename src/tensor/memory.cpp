// The registry of device memories, and the CPU's.
#include "tensor/memory.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "tensor/copy.h"

namespace faltung {
namespace {

constexpr std::size_t alignment = 64;  // a cache line, and the widest vector

class CpuMemory : public Memory {
 public:
  std::shared_ptr<void> allocate(std::size_t bytes) override {
    const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    void* pointer = std::aligned_alloc(alignment, rounded);
    if (!pointer) throw Error(ErrorCode::OutOfMemory, fmt::format("no memory for a tensor of {} bytes", bytes));
    return {pointer, [](void* p) { std::free(p); }};
  }
  void copy(const TensorView& source, const TensorView& destination) override { copy_on_cpu(source, destination); }
  void fill(const TensorView& destination, double value) override { fill_on_cpu(destination, value); }
};

constexpr std::array<std::string_view, 3> device_names{"cpu", "cuda", "hip"};

std::atomic<Memory*>& slot(DeviceType type) {
  static CpuMemory cpu;
  static std::array<std::atomic<Memory*>, 3> slots{&cpu, nullptr, nullptr};
  return slots[static_cast<std::size_t>(type)];
}

}  // namespace

Memory& memory_of(Device device) {
  if (Memory* memory = slot(device.type).load()) return *memory;
  throw Error(ErrorCode::Unsupported, fmt::format("no backend for {} tensors is built in or was found on this machine",
                                                  device_names[static_cast<std::size_t>(device.type)]));
}

void register_memory(DeviceType type, Memory& memory) { slot(type).store(&memory); }

}  // namespace faltung

#include "device/cpu/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/never_destroyed.h"
#include "device/cpu/tensors.h"

namespace faltung::cpu {
namespace {

constexpr std::size_t alignment = 64;  // a cache line, and the widest vector

class CpuMemory final : public Memory {
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

Memory& memory() {
  static NeverDestroyed<CpuMemory> memory;
  return *memory;
}

}  // namespace faltung::cpu

// Owning tensors and the public copies.
#include <fmt/format.h>

#include "base/checked.h"
#include "base/float_environment.h"
#include "tensor/memory.h"
#include "tensor/overlap.h"

namespace faltung {
namespace {

std::size_t checked_bytes(const Dims& sizes, DType dtype) {
  Checked bytes = static_cast<std::int64_t>(size_of(dtype));
  for (std::int64_t size : sizes) bytes = bytes * size;
  if (!bytes.fits()) throw Error(ErrorCode::InvalidArgument, "the tensor is larger than the address space");
  return static_cast<std::size_t>(bytes.value());
}

void check_memory(const TensorView& view, const char* name) {
  if (!view.defined) throw Error(ErrorCode::InvalidArgument, fmt::format("{} is not a tensor", name));
  if (view.numel() == 0) return;
  if (const std::string fault = memory_fault(view); !fault.empty())
    throw Error(ErrorCode::InvalidArgument, fmt::format("{} {}", name, fault));
}

void check_written(const TensorView& view, const char* name) {
  check_memory(view, name);
  if (overlaps_itself(view)) {
    throw Error(ErrorCode::InvalidArgument, fmt::format("elements of {} share memory: it cannot be written", name));
  }
}

MemoryFormat format_of(const TensorView& view) {
  return suggests_channels_last(view) ? MemoryFormat::channels_last : MemoryFormat::contiguous;
}

}  // namespace

Tensor Tensor::empty(const Dims& sizes, DType dtype, MemoryFormat format, Device device, const Execution& execution) {
  const Dims strides = dense_strides(sizes, format);
  std::shared_ptr<void> storage = memory_of(device).allocate(checked_bytes(sizes, dtype), device, execution);
  return borrow(TensorView(storage.get(), dtype, sizes, strides, device), storage);
}

Tensor Tensor::zeros(const Dims& sizes, DType dtype, MemoryFormat format, Device device, const Execution& execution) {
  Tensor result = empty(sizes, dtype, format, device, execution);
  fill(result, 0, execution);
  return result;
}

Tensor Tensor::borrow(const TensorView& view, std::shared_ptr<void> owner) {
  Tensor result;
  static_cast<TensorView&>(result) = view;
  result.owner_ = std::move(owner);
  return result;
}

void copy(const TensorView& source, const TensorView& destination, const Execution& execution) {
  if (source.sizes != destination.sizes) throw Error(ErrorCode::InvalidArgument, "a copy needs equal extents");
  if (is_complex(source.dtype) && !is_complex(destination.dtype)) {
    throw Error(ErrorCode::InvalidArgument, fmt::format("a copy from {} to {} would drop the imaginary part",
                                                        name_of(source.dtype), name_of(destination.dtype)));
  }
  check_memory(source, "the source");
  check_written(destination, "the destination");
  if (source.numel() == 0) return;
  const Device device = source.device.type == DeviceType::cpu ? destination.device : source.device;
  memory_of(device).copy(source, destination, execution);
}

void fill(const TensorView& destination, double value, const Execution& execution) {
  check_written(destination, "the destination");
  const DefaultFloatEnvironment scope;
  if (destination.numel() != 0) memory_of(destination.device).fill(destination, value, execution);
}

Tensor clone(const TensorView& source, MemoryFormat format, const Execution& execution) {
  check_memory(source, "the source");  // before as much is allocated
  Tensor result = Tensor::empty(source.sizes, source.dtype, format, source.device, execution);
  copy(source, result, execution);
  return result;
}

Tensor cast(const TensorView& source, DType dtype, const Execution& execution) {
  check_memory(source, "the source");
  Tensor result = Tensor::empty(source.sizes, dtype, format_of(source), source.device, execution);
  copy(source, result, execution);
  return result;
}

}  // namespace faltung

// Tensors from and to other libraries through DLPack, without a copy.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/alignment.h"
#include "base/checked.h"
#include "faltung/tensor.h"
#include "tensor/file.h"
#include "tensor/foreign.h"
#include "tensor/overlap.h"

namespace faltung {
namespace {

// Of later versions of the header: kDLBool, kDLFloat8_e4m3fn, kDLFloat8_e5m2, kDLFloat8_e8m0fnu.
constexpr std::uint8_t code_boolean = 6, code_e4m3 = 10, code_e5m2 = 12, code_e8m0 = 14;

struct Row {
  StoredType type;
  std::uint8_t code, bits;
};
// Those of tensors first, in the order of DType.
constexpr std::array<Row, 18> types{{{DType::f32, kDLFloat, 32},
                                     {DType::f64, kDLFloat, 64},
                                     {DType::f16, kDLFloat, 16},
                                     {DType::bf16, kDLBfloat, 16},
                                     {DType::cf32, kDLComplex, 64},
                                     {DType::cf64, kDLComplex, 128},
                                     {DType::i8, kDLInt, 8},
                                     {DType::i32, kDLInt, 32},
                                     {DType::i64, kDLInt, 64},
                                     {DType::boolean, code_boolean, 8},
                                     {DType::u8, kDLUInt, 8},
                                     {ForeignType::i16, kDLInt, 16},
                                     {ForeignType::u16, kDLUInt, 16},
                                     {ForeignType::u32, kDLUInt, 32},
                                     {ForeignType::u64, kDLUInt, 64},
                                     {ForeignType::f8_e4m3, code_e4m3, 8},
                                     {ForeignType::f8_e5m2, code_e5m2, 8},
                                     {ForeignType::f8_e8m0, code_e8m0, 8}}};

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::InvalidArgument, "DLPack: " + what); }

StoredType stored_type(DLDataType type) {
  if (type.lanes != 1) fail(fmt::format("elements of {} lanes are not taken; one lane is", type.lanes));
  for (const Row& row : types)
    if (row.code == type.code && row.bits == type.bits) return row.type;
  fail(fmt::format("type code {} with {} bits is not an element type here", type.code, type.bits));
}

Device device_from(const DLDevice& device) {
  std::int32_t type = 0;  // other libraries may put any number there, which must not be read as an enumerator
  static_assert(sizeof(type) == sizeof(device.device_type));
  std::memcpy(&type, &device.device_type, sizeof(type));
  if (device.device_id < 0) fail("the device's number is negative");
  switch (type) {
    case kDLCPU:
    case kDLCUDAHost:
    case kDLROCMHost:
      return {DeviceType::cpu, 0};
    case kDLCUDA:
    case kDLCUDAManaged:
      return {DeviceType::cuda, device.device_id};
    case kDLROCM:
      return {DeviceType::hip, device.device_id};
    default:
      fail(fmt::format("device type {} is not known", type));
  }
}

Dims sizes_from(const DLTensor& tensor) {
  if (tensor.ndim < 0 || tensor.ndim > max_rank) fail(fmt::format("rank {} is outside 0 to {}", tensor.ndim, max_rank));
  if (tensor.ndim > 0 && !tensor.shape) fail("the shape is null");
  Dims sizes;
  for (int axis = 0; axis < tensor.ndim; ++axis) {
    if (tensor.shape[axis] < 0) fail(fmt::format("axis {} has the negative extent {}", axis, tensor.shape[axis]));
    sizes.push_back(tensor.shape[axis]);
  }
  return sizes;
}

void* address_of(const DLTensor& tensor) {
  const auto base = reinterpret_cast<std::uintptr_t>(tensor.data);
  if (base > size_limit || tensor.byte_offset > size_limit - base) fail("byte_offset leaves the address space");
  return reinterpret_cast<void*>(base + tensor.byte_offset);
}

// State of a DLManagedTensor of ours until its deleter is called.
struct Exported {
  Tensor tensor;
  DLManagedTensor managed{};
};

TensorView view_from(const DLTensor& tensor, DType dtype) {
  const Device device = device_from(tensor.device);
  const Dims sizes = sizes_from(tensor);
  const Dims dense = dense_strides(sizes);  // refuses too many elements
  const Dims strides = tensor.strides ? Dims(std::span<const std::int64_t>(tensor.strides, sizes.size())) : dense;
  TensorView view(tensor.data, dtype, sizes, strides, device);
  if (view.numel() == 0) return view;
  if (!tensor.data) fail("the tensor has elements but no data");
  view.data = address_of(tensor);
  if (!lies_on(view.data, size_of(real_of(dtype)))) fail("the data is not aligned to its type");
  address_range(view);
  return view;
}

// The bytes of the elements in C order, on the CPU.
Tensor converted_from(const DLTensor& tensor, ForeignType type, DType dtype) {
  const TensorView view = view_from(tensor, carrier_of(type));
  const Tensor dense = contiguous_on_cpu(view);
  return converted(bytes_of(dense), dense.sizes, type, dtype);
}

}  // namespace

DType dtype_from_dlpack(DLDataType type) {
  const StoredType stored = stored_type(type);
  if (stored.foreign) refuse_foreign("DLPack", name_of(*stored.foreign));
  return stored.dtype;
}

TensorView from_dlpack(const DLTensor& tensor) { return view_from(tensor, dtype_from_dlpack(tensor.dtype)); }

Tensor from_dlpack(const DLTensor& tensor, DType dtype) {
  const StoredType stored = stored_type(tensor.dtype);
  if (!stored.foreign) return cast(view_from(tensor, stored.dtype), dtype);
  const Tensor here = converted_from(tensor, *stored.foreign, dtype);
  const Device device = device_from(tensor.device);
  if (device == here.device) return here;
  Tensor there = Tensor::empty(here.sizes, dtype, MemoryFormat::contiguous, device);
  copy(here, there);
  return there;
}

Tensor from_dlpack(DLManagedTensor* tensor) {
  if (!tensor) fail("the tensor is null");
  const TensorView view = from_dlpack(tensor->dl_tensor);
  // If our own bookkeeping cannot be allocated, the caller keeps the tensor; the deleter is called only after that
  // succeeded.
  struct Owner {
    DLManagedTensor* tensor = nullptr;
    ~Owner() {
      if (tensor && tensor->deleter) tensor->deleter(tensor);
    }
  };
  auto owner = std::make_shared<Owner>();
  owner->tensor = tensor;
  return Tensor::borrow(view, std::move(owner));
}

DLManagedTensor* to_dlpack(const Tensor& tensor, const Stream& producer, const Stream& consumer) {
  DLManagedTensor* exported = to_dlpack(tensor);
  try {
    order(producer, consumer);
  } catch (...) {
    exported->deleter(exported);
    throw;
  }
  return exported;
}

DLManagedTensor* to_dlpack(const Tensor& tensor) {
  if (!tensor.defined) fail("there is no tensor");
  if (tensor.conjugate) fail("a conjugated view cannot be expressed: clone it first");
  auto exported = std::make_unique<Exported>();
  exported->tensor = tensor;
  const Row& row = types[static_cast<std::size_t>(tensor.dtype)];
  const DLDeviceType device = tensor.device.type == DeviceType::cpu    ? kDLCPU
                              : tensor.device.type == DeviceType::cuda ? kDLCUDA
                                                                       : kDLROCM;
  DLManagedTensor& managed = exported->managed;
  managed.dl_tensor = {tensor.data,
                       {device, tensor.device.index},
                       tensor.rank(),
                       {row.code, row.bits, 1},
                       exported->tensor.sizes.begin(),
                       exported->tensor.strides.begin(),
                       0};
  managed.manager_ctx = exported.get();
  managed.deleter = [](DLManagedTensor* self) { delete static_cast<Exported*>(self->manager_ctx); };
  return &exported.release()->managed;
}

}  // namespace faltung

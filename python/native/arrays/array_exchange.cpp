// faltung.Array's own table of functions for consumers in C.
#include <nanobind/nanobind.h>

#include <cstddef>
#include <exception>
#include <memory>

#include "arrays/array.h"

namespace faltung::python {
namespace {

// Runs `work`; an exception becomes Python's.
template <class Work>
int guarded(Work&& work) noexcept {
  try {
    work();
    return 0;
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_BufferError, error.what());
  }
  return -1;
}

DLTensor view_of(const Array& array) {
  const std::unique_ptr<DLManagedTensor, void (*)(DLManagedTensor*)> plain(
      to_dlpack(array.tensor), [](DLManagedTensor* tensor) { tensor->deleter(tensor); });
  DLTensor view = plain->dl_tensor;
  view.shape = const_cast<std::int64_t*>(array.tensor.sizes.begin());  // consumers read it only
  view.strides = const_cast<std::int64_t*>(array.tensor.strides.begin());
  return view;
}

int allocate(DLTensor* prototype, VersionedTensor** out, void* error_context,
             void (*set_error)(void*, const char*, const char*)) {
  try {
    alignas(64) static std::byte nowhere[64];  // only type, shape and device are looked at
    DLTensor like = *prototype;
    like.data = nowhere, like.strides = nullptr, like.byte_offset = 0;
    const TensorView view = from_dlpack(like);
    *out = to_versioned(Tensor::empty(view.sizes, view.dtype, MemoryFormat::contiguous, view.device));
    return 0;
  } catch (const std::bad_alloc& error) {
    set_error(error_context, "MemoryError", error.what());
  } catch (const std::exception& error) {
    set_error(error_context, "BufferError", error.what());
  }
  return -1;
}

int tensor_from_object(void* object, VersionedTensor** out) {
  return guarded(
      [&] { *out = to_versioned(nb::cast<const Array&>(nb::handle(static_cast<PyObject*>(object))).tensor); });
}

int object_from_tensor(VersionedTensor* tensor, void** object) {
  return guarded([&] {
    const std::shared_ptr<VersionedTensor> owner(tensor, [](VersionedTensor* held) {
      if (held->deleter) held->deleter(held);
    });
    const TensorView view = from_dlpack(tensor->dl_tensor);
    *object = nb::cast(Array{Tensor::borrow(view, owner), {view.device}}).release().ptr();
  });
}

int view_from_object(void* object, DLTensor* out) {
  return guarded([&] { *out = view_of(nb::cast<const Array&>(nb::handle(static_cast<PyObject*>(object)))); });
}

int current_stream(std::int32_t, std::int32_t, void** stream) {
  *stream = nullptr;
  return 0;
}

}  // namespace

void add_exchange_api(nb::handle type) {
  static ExchangeApi api{
      {1, 3}, nullptr, &allocate, &tensor_from_object, &object_from_tensor, &view_from_object, &current_stream};
  type.attr(exchange_attribute) = nb::steal(PyCapsule_New(&api, exchange_capsule, nullptr));
}

}  // namespace faltung::python

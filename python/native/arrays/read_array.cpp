#include "arrays/read_array.h"

#include <nanobind/ndarray.h>

#include "arguments/errors.h"
#include "arrays/numpy_array.h"

namespace faltung::python {
namespace {

constexpr int cuda_default_stream = 1;  // of DLPack's protocol in Python: the legacy default stream

bool is_true(nb::handle method, nb::handle array) { return method.is_valid() && nb::cast<bool>(method(array)); }

ArrayArgument read_by_exchange(nb::handle array, const ArrayKind& kind, const char* name) {
  DLTensor tensor{};
  if (kind.is_neg.is_valid() && is_true(kind.is_neg, array)) {
    nb::object positive = array.attr("resolve_neg")();
    ArrayArgument read = read_by_exchange(positive, kind, name);
    PyObject* object = positive.release().ptr();
    read.owner = std::shared_ptr<void>(object, [](void* held) { Py_DecRef(static_cast<PyObject*>(held)); });
    read.read_only = true;  // a copy
    return read;
  }
  if (kind.exchange->view_from_object(array.ptr(), &tensor) != 0) nb::raise_python_error();
  ArrayArgument read{from_dlpack(tensor)};
  read.view.conjugate = is_complex(read.view.dtype) && is_true(kind.is_conj, array);
  return read;
}

template <class Managed>
std::shared_ptr<void> owner_of(Managed* managed) {
  return {managed, [](Managed* held) {
            if (held->deleter) held->deleter(held);
          }};
}

template <class Managed>
ArrayArgument take(nb::handle capsule, const char* name, const char* used_name) {
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (!managed) nb::raise_python_error();
  ArrayArgument read{from_dlpack(managed->dl_tensor)};
  read.owner = owner_of(managed);
  PyCapsule_SetName(capsule.ptr(), used_name);
  return read;
}

nb::object capsule_of(nb::handle array, void* stream) {
  const bool on_cuda = nb::cast<int>(array.attr("__dlpack_device__")()[0]) == kDLCUDA;
  nb::dict options;
  if (on_cuda)
    options["stream"] = stream ? nb::int_(reinterpret_cast<std::uintptr_t>(stream)) : nb::int_(cuda_default_stream);
  const nb::object method = array.attr("__dlpack__");
  try {
    nb::dict with_version = nb::borrow<nb::dict>(nb::module_::import_("copy").attr("copy")(options));
    with_version["max_version"] = nb::make_tuple(1, 3);
    return method(**with_version);
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;  // before version 1.0 it takes no max_version
  }
  return method(**options);
}

ArrayArgument read_by_dlpack(nb::handle array, void* stream) {
  const nb::object capsule = capsule_of(array, stream);
  if (!PyCapsule_IsValid(capsule.ptr(), "dltensor_versioned"))
    return take<DLManagedTensor>(capsule, "dltensor", "used_dltensor");
  ArrayArgument read = take<VersionedTensor>(capsule, "dltensor_versioned", "used_dltensor_versioned");
  read.read_only = static_cast<const VersionedTensor*>(read.owner.get())->flags & dlpack_read_only;
  return read;
}

ArrayArgument read_buffer(nb::handle array, const char* name) {
  nb::ndarray<nb::ro> buffer;
  if (!nb::try_cast(array, buffer))
    refuse(
        "{} is {}, which is no array: arrays of NumPy, PyTorch, JAX, CuPy and all with __dlpack__ or the buffer "
        "protocol are taken",
        name, name_of_type(array));
  const auto dtype = buffer.dtype();
  auto rank = static_cast<std::int32_t>(buffer.ndim());
  std::int64_t shape[max_rank], strides[max_rank];
  if (rank > max_rank) refuse("{} has {} axes; there may be {}", name, rank, max_rank);
  for (int axis = 0; axis < rank; ++axis)
    shape[axis] = static_cast<std::int64_t>(buffer.shape(axis)), strides[axis] = buffer.stride(axis);
  const DLTensor tensor{const_cast<void*>(static_cast<const void*>(buffer.data())),
                        {kDLCPU, 0},
                        rank,
                        {dtype.code, dtype.bits, dtype.lanes},
                        shape,
                        strides,
                        0};
  ArrayArgument read{from_dlpack(tensor)};
  nb::ndarray<> writable;
  read.read_only = !nb::try_cast(array, writable);
  read.owner = std::make_shared<nb::ndarray<nb::ro>>(std::move(buffer));
  return read;
}

ArrayArgument read_as(const ArrayKind& kind, nb::handle array, const char* name, void* stream) {
  switch (kind.reader) {
    case Reader::exchange_api:
      return read_by_exchange(array, kind, name);
    case Reader::numpy:
      return read_numpy(array, name);
    case Reader::dlpack:
      return read_by_dlpack(array, stream);
    case Reader::buffer:
      break;
  }
  return read_buffer(array, name);
}

// PyTorch's go on with a stack of its calls.
std::string first_line_of(const nb::python_error& error) {
  const std::string text = text_of(error.value());
  return text.substr(0, text.find('\n'));
}

}  // namespace

ArrayArgument read_array(nb::handle array, const char* name, void* stream) {
  if (array.is_none()) refuse("{} is None; an array is needed", name);
  const ArrayKind& kind = kind_of(array);
  try {
    ArrayArgument read = read_as(kind, array, name, stream);
    read.kind = &kind;
    read.read_only |= kind.immutable;
    return read;
  } catch (nb::python_error& error) {
    if (error.matches(PyExc_MemoryError) || error.matches(PyExc_KeyboardInterrupt)) throw;
    refuse("{} cannot be read as an array: {}", name, first_line_of(error));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::InvalidArgument || std::string_view(error.what()).starts_with(name)) throw;
    refuse("{}: {}", name, error.what());
  }
}

ArrayArgument read_optional(nb::handle array, const char* name, void* stream) {
  return array.is_none() ? ArrayArgument{} : read_array(array, name, stream);
}

ArrayArgument read_out(nb::handle array, const char* name, void* stream) {
  ArrayArgument read = read_array(array, name, stream);
  if (read.read_only) refuse("{} is read-only; results cannot be written to it", name);
  return read;
}

ArrayArgument read_owned(nb::handle array, const char* name) {
  ArrayArgument read = read_array(array, name);
  if (!read.kind->exchange || read.owner) {
    read.owner = std::make_shared<std::pair<nb::object, std::shared_ptr<void>>>(nb::borrow(array), read.owner);
    return read;
  }
  VersionedTensor* managed = nullptr;
  if (read.kind->exchange->tensor_from_object(array.ptr(), &managed) != 0) nb::raise_python_error();
  read.owner = owner_of(managed);
  return read;
}

}  // namespace faltung::python

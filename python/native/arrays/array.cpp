#include "arrays/array.h"

#include <nanobind/stl/string.h>

#include <memory>

#include "arguments/errors.h"

namespace faltung::python {
namespace {

struct Exported {
  VersionedTensor versioned{};
  DLManagedTensor* plain = nullptr;
};

// Deletes the tensor unless a consumer has renamed the capsule.
template <class Managed>
void drop(PyObject* capsule, const char* name) {
  if (!PyCapsule_IsValid(capsule, name)) return;
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  managed->deleter(managed);
}

nb::object capsule(DLManagedTensor* tensor) {
  return nb::steal(PyCapsule_New(tensor, "dltensor", [](PyObject* self) { drop<DLManagedTensor>(self, "dltensor"); }));
}
nb::object capsule(VersionedTensor* tensor) {
  return nb::steal(PyCapsule_New(tensor, "dltensor_versioned",
                                 [](PyObject* self) { drop<VersionedTensor>(self, "dltensor_versioned"); }));
}

// DLPack's numbers of streams: nothing, 0 or 1 the legacy default stream, −1 no waiting.
void wait_for(const Array& array, nb::handle stream) {
  if (array.tensor.device.type == DeviceType::cpu) return;
  const std::intptr_t number = stream.is_none() ? 1 : nb::cast<std::intptr_t>(stream);
  if (number == -1) return;
  void* consumer = number == 0 || number == 1 ? nullptr : reinterpret_cast<void*>(number);
  order(array.stream, {array.tensor.device, consumer});
}

nb::object dlpack(const Array& array, nb::handle stream, nb::handle max_version, nb::handle device, nb::handle copy) {
  if (!copy.is_none() && nb::cast<bool>(copy)) throw nb::buffer_error("faltung.Array is not copied: copy=True");
  if (!device.is_none() && !device.equal(nb::find(&array).attr("__dlpack_device__")()))
    throw nb::buffer_error("faltung.Array stays on its device: dl_device");
  wait_for(array, stream);
  const bool versioned = !max_version.is_none() && nb::cast<int>(max_version[0]) >= 1;
  return versioned ? capsule(to_versioned(array.tensor)) : capsule(to_dlpack(array.tensor));
}

nb::tuple dlpack_device(const Array& array) {
  const int type = array.tensor.device.type == DeviceType::cpu    ? kDLCPU
                   : array.tensor.device.type == DeviceType::cuda ? kDLCUDA
                                                                  : kDLROCM;
  return nb::make_tuple(type, array.tensor.device.index);
}

nb::tuple tuple_of(const Dims& values) {
  nb::list list;
  for (const std::int64_t value : values) list.append(value);
  return nb::tuple(list);
}

std::string description(const Array& array) {
  const Device device = array.tensor.device;
  return fmt::format("faltung.Array(shape={}, dtype='{}', device='{}:{}')", text_of(tuple_of(array.tensor.sizes)),
                     name_of(array.tensor.dtype), name_of(device.type), device.index);
}

nb::object to_numpy(nb::handle self, nb::handle dtype, nb::handle) {
  const nb::object array = nb::module_::import_("numpy").attr("from_dlpack")(self);
  return dtype.is_none() ? array : array.attr("astype")(dtype);
}

}  // namespace

VersionedTensor* to_versioned(const Tensor& tensor) {
  auto exported = std::make_unique<Exported>();
  exported->plain = to_dlpack(tensor);
  VersionedTensor& versioned = exported->versioned;
  versioned = {{1, 0}, exported.get(), nullptr, 0, exported->plain->dl_tensor};
  versioned.deleter = [](VersionedTensor* self) {
    const std::unique_ptr<Exported> held(static_cast<Exported*>(self->manager_ctx));
    held->plain->deleter(held->plain);
  };
  return &exported.release()->versioned;
}

void bind_array(nb::module_& module) {
  nb::class_<Array>(
      module, "Array",
      "A result in memory of Faltung's own, where the input was of no library's kind (memoryview, bytes).\n\n"
      "Anything that takes DLPack takes it: numpy.from_dlpack(a), torch.from_dlpack(a); so does numpy.asarray(a).")
      .def("__dlpack__", &dlpack, nb::kw_only(), nb::arg("stream").none() = nb::none(),
           nb::arg("max_version").none() = nb::none(), nb::arg("dl_device").none() = nb::none(),
           nb::arg("copy").none() = nb::none(),
           nb::sig("def __dlpack__(self, *, stream: int | None = None, max_version: tuple[int, int] | None = None, "
                   "dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> typing.Any"),
           "The array as a DLPack capsule, without a copy.")
      .def("__dlpack_device__", &dlpack_device, nb::sig("def __dlpack_device__(self) -> tuple[int, int]"),
           "DLPack's device type and number.")
      .def("__array__", &to_numpy, nb::arg("dtype").none() = nb::none(), nb::arg("copy").none() = nb::none(),
           nb::sig("def __array__(self, dtype: typing.Any = None, copy: bool | None = None) -> typing.Any"),
           "The array as NumPy's, without a copy unless it has another dtype.")
      .def_prop_ro(
          "shape", [](const Array& array) { return tuple_of(array.tensor.sizes); },
          nb::sig("def shape(self) -> tuple[int, ...]"), "Extents of the axes, in elements.")
      .def_prop_ro(
          "dtype", [](const Array& array) { return std::string(name_of(array.tensor.dtype)); },
          "The element type: 'f32', 'bf16', …")
      .def("__repr__", &description);
  add_exchange_api(module.attr("Array"));
}

}  // namespace faltung::python

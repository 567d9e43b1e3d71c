#include "arrays/numpy_array.h"

#include <cstdint>
#include <optional>

#include "arguments/errors.h"

namespace faltung::python {
namespace {

// https://numpy.org/doc/stable/reference/arrays.interface.html
struct ArrayInterface {
  int two;
  int rank;
  char kind;
  int element_bytes;
  int flags;
  Py_ssize_t* shape;
  Py_ssize_t* strides;  // in bytes
  void* data;
  PyObject* descriptor;
};
constexpr int native_order = 0x200, writeable = 0x400;

std::optional<DType> dtype_from(char kind, int bytes) {
  struct Row {
    char kind;
    int bytes;
    DType dtype;
  };
  static constexpr Row rows[] = {{'f', 4, DType::f32},  {'f', 8, DType::f64},   {'f', 2, DType::f16},
                                 {'c', 8, DType::cf32}, {'c', 16, DType::cf64}, {'i', 1, DType::i8},
                                 {'i', 4, DType::i32},  {'i', 8, DType::i64},   {'b', 1, DType::boolean},
                                 {'u', 1, DType::u8}};
  for (const Row& row : rows)
    if (row.kind == kind && row.bytes == bytes) return row.dtype;
  return std::nullopt;
}

[[noreturn]] void refuse_type(nb::handle array, const char* name) {
  const std::string type = text_of(array.attr("dtype"));
  refuse("{} has the NumPy type {}; there are float16, float32, float64, complex64, complex128, int8, int32 and int64",
         name, type);
}

DLDataType dlpack_type(const ArrayInterface& a) {
  const std::uint8_t code = a.kind == 'f'   ? kDLFloat
                            : a.kind == 'c' ? kDLComplex
                            : a.kind == 'b' ? 6
                            : a.kind == 'u' ? kDLUInt
                                            : kDLInt;
  return {code, static_cast<std::uint8_t>(8 * a.element_bytes), 1};
}

void read_strides(const ArrayInterface& a, const char* name, std::int64_t* shape, std::int64_t* strides) {
  for (int axis = 0; axis < a.rank; ++axis) {
    shape[axis] = a.shape[axis];
    strides[axis] = a.strides[axis] / a.element_bytes;
    if (a.strides[axis] % a.element_bytes != 0)
      refuse("{} has a stride of {} bytes, no whole number of its elements: make it contiguous", name, a.strides[axis]);
  }
}

}  // namespace

ArrayArgument read_numpy(nb::handle array, const char* name) {
  const nb::object capsule = array.attr("__array_struct__");
  const auto* a = static_cast<const ArrayInterface*>(PyCapsule_GetPointer(capsule.ptr(), nullptr));
  if (!a) nb::raise_python_error();
  const bool native = (a->flags & native_order) || a->element_bytes == 1;
  if (!native || !dtype_from(a->kind, a->element_bytes)) refuse_type(array, name);
  if (a->rank > max_rank) refuse("{} has {} axes; there may be {}", name, a->rank, max_rank);
  std::int64_t shape[max_rank], strides[max_rank];
  read_strides(*a, name, shape, strides);
  const DLTensor tensor{a->data, {kDLCPU, 0}, a->rank, dlpack_type(*a), shape, strides, 0};
  return {from_dlpack(tensor), !(a->flags & writeable)};
}

}  // namespace faltung::python

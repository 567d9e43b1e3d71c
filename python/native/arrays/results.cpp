#include "arrays/results.h"

#include "arrays/array.h"

namespace faltung::python {
namespace {

nb::object by_exchange(const Tensor& tensor, const ExchangeApi& api) {
  VersionedTensor* versioned = to_versioned(tensor);
  void* object = nullptr;
  if (api.object_from_tensor(versioned, &object) != 0) nb::raise_python_error();  // it is taken over all the same
  return nb::steal(nb::handle(static_cast<PyObject*>(object)));
}

}  // namespace

nb::object as_kind(const Tensor& tensor, const ArrayKind& kind, void* stream) {
  if (!tensor.defined) return nb::none();
  // One element several times (a result that no mapped operand changes) is right to read and wrong to write.
  const Tensor apart = overlaps_itself(tensor) ? clone(tensor) : tensor;
  if (kind.exchange) return by_exchange(apart, *kind.exchange);
  const nb::object array = nb::cast(Array{apart, {apart.device, stream}});
  return kind.from_dlpack.is_valid() ? kind.from_dlpack(array) : array;
}

}  // namespace faltung::python

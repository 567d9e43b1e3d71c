// faltung.Array: a result where no library's own kind of array fits, and what other libraries take results from.
#pragma once

#include <nanobind/nanobind.h>

#include "arrays/dlpack_exchange.h"
#include "faltung/tensor.h"

namespace faltung::python {

namespace nb = nanobind;

struct Array {
  Tensor tensor;
  Stream stream;  // on which it was computed
};

void bind_array(nb::module_& module);
void add_exchange_api(nb::handle type);  // Array itself

// For a consumer in C that takes it over; shares the storage.
VersionedTensor* to_versioned(const Tensor& tensor);

}  // namespace faltung::python

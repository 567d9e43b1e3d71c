// Kinds of arrays: how one is read, and how a result of the same kind is made.
#pragma once

#include <nanobind/nanobind.h>

#include "arrays/dlpack_exchange.h"

namespace faltung::python {

namespace nb = nanobind;

enum class Reader { exchange_api, numpy, dlpack, buffer };

// What is known of a Python type. Lives for ever.
struct ArrayKind {
  Reader reader = Reader::buffer;
  const ExchangeApi* exchange = nullptr;
  // PyTorch's marks that DLPack does not have: read conjugated, read negated. Null where there are none.
  nb::handle is_conj, is_neg;
  bool immutable = false;  // JAX's, whatever flags they come with
  nb::handle from_dlpack;  // makes an array of this kind of one with __dlpack__; null: results are faltung.Array
};

const ArrayKind& kind_of(nb::handle array);

}  // namespace faltung::python

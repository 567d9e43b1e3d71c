// The arguments that all convolutions take, as Python gave them, and as the library wants them.
#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <optional>
#include <span>

#include "arguments/contexts.h"
#include "faltung/conv.h"

namespace faltung::python {

struct Words {
  nb::handle stride, padding, dilation, groups;
  nb::handle output_padding{};
  bool transposed = false;
  nb::handle padding_mode, policy, numerics;
  int threads = 0;  // if there is no policy
};

// Throws InvalidArgument with the name of the one that is wrong. Null handles are defaults.
ConvOptions options_from(const Words& words, void* stream);

// The seven options of faltung.torch (python/faltung/torch/options.py), with neither policy nor numerics.
Words words_of(const nb::tuple& options);

// Of a sequence of three truth values.
std::array<bool, 3> mask_from(nb::handle values, const char* name);

// The mapped axis of each operand, or nothing: one number for all, or a sequence of a number or None for each.
void in_dims_from(nb::handle values, std::span<std::optional<int>> axes);
template <std::size_t count>
std::array<std::optional<int>, count> in_dims_from(nb::handle values) {
  std::array<std::optional<int>, count> axes;
  in_dims_from(values, axes);
  return axes;
}

// Arrays to write to, None for those that are not wanted.
std::array<ArrayArgument, 3> read_outs(nb::handle outs, void* stream);

// Results of the kind of `like`; None for undefined ones.
nb::object as_kind_of(const ArrayArgument& like, void* stream, const std::array<Tensor, 3>& results);

template <class Work>
auto without_lock(Work&& work) {
  const nb::gil_scoped_release released;
  return work();
}

}  // namespace faltung::python

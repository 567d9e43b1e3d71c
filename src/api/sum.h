// Sums of products: Σ over terms of (pass over one geometry), plus a bias, rounded once, with or without a mapped axis.
#pragma once

#include <array>
#include <span>

#include "api/call.h"

namespace faltung {

// An operand that may have the mapped axis, as axis 0. The order of its other axes (PyTorch's or that of extents_of())
// depends on the use.
struct Factor {
  TensorView view;
  bool mapped = false;

  bool defined() const noexcept { return view.defined; }
  TensorView sample() const;  // the view of one index of the mapped axis; its extents and strides, not its data
};

// The operands x, w, y in extents_of()'s order; the one that is written is left undefined.
struct Term {
  Geometry geometry;
  std::array<Factor, 3> factors;

  bool mapped() const noexcept { return factors[0].mapped || factors[1].mapped || factors[2].mapped; }
};

struct Sum {
  const Call& call;
  Role written;
  std::span<const Term> terms;
  Factor bias{};            // (channels of the written operand)
  std::int64_t extent = 0;  // of the mapped axis
  bool mapped = false;      // whether the result has the mapped axis, as axis 0

  // In PyTorch's order; a new tensor, and also in `out` if that is defined.
  Tensor evaluate(const TensorView& out, Context& context) const;
};

}  // namespace faltung

// Merges, splits, repeats and reverses axes.
#pragma once

#include "faltung/tensor.h"

namespace faltung {

// `axis` merged into `into` (both counted before), as its slower half: index = i_axis · extent(into) + i_into. A view
// of the same memory where the strides allow it, else a copy.
Tensor fold(const TensorView& view, int axis, int into, const Execution& execution = {});

// The inverse, always a view: `axis` becomes two neighbours, the first of extent `outer`, which must divide it.
TensorView split(const TensorView& view, int axis, std::int64_t outer);

// Repeats an axis of extent 1 `extent` times (stride 0).
TensorView expand(const TensorView& view, int axis, std::int64_t extent);

// Reverses an axis (negative stride).
TensorView flip(const TensorView& view, int axis);

// True if the axes first to last could be one axis of a view.
bool can_merge(const TensorView& view, int first, int last);

}  // namespace faltung

// Converts a packed panel of stored elements to the type that the micro-kernel multiplies.
#pragma once

#include <cstdint>

#include "faltung/dtype.h"

namespace faltung::gemm {

// Complex matrices become real ones of twice the depth: for rows, (re, im) in consecutive depth entries; for lanes,
// twice as many, with (re, im) above (−im, re).
enum class PanelKind : std::uint8_t { rows, lanes };

// raw: depth × width stored elements. panel: depth × width numbers; if complex, 2·depth × width (rows) or
// 2·depth × 2·width (lanes).
using Unpack = void (*)(const void* raw, void* panel, std::int64_t depth, std::int64_t width);

// For micro-kernels of T; null if no conversion is needed. Integers are widened and wrap as unsigned ones.
// Hidden here: a specialisation is as visible as this declaration, and options hide definitions only.
template <class T>
[[gnu::visibility("hidden")]] Unpack unpack_for(DType dtype, PanelKind kind, bool conjugate);

}  // namespace faltung::gemm

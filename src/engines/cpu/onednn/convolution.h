// A problem as an operation of the library: which one, and how its operands are described to it.
#pragma once

#include <optional>

#include "engines/cpu/onednn/handles.h"
#include "faltung/engine.h"

namespace faltung::cpu_onednn {

// Whether the library may be asked for the problem; pure, needs no library.
Verdict accepts(const ConvProblem& problem, const DeviceInfo& device);

// What the library does of it. A z, and activations that it gets wrong (relu makes NaN zero, sigmoid too, gelu is off
// by 1 in 10000), follow in a pass over the result.
ConvProblem part_of_library(const ConvProblem& problem);
// That pass: the rest of the epilogue. Nothing if there is none.
std::optional<ConvProblem> rest_of(const ConvProblem& problem);

// In what formats the operation reads and writes x and y; of w it always chooses one itself.
enum class Formats {
  plain,   // as they lie
  chosen,  // by the library, which is then asked to reorder them, too
};

// A data gradient with something beside the sum is a deconvolution, whose weights have their channels exchanged.
bool is_deconvolution(const ConvProblem& problem) noexcept;

// As it lies. Deconvolution's view of w if it is one.
MemoryDesc description(const ConvProblem& problem, Role role);
// Of a quantised problem it is in f32, in the units of y.
MemoryDesc description_of_bias(const ConvProblem& problem);
MemoryDesc description_of_scales(const ConvProblem& problem);
MemoryDesc description_of_zero_point();

// The names of x, w and y.
Argument argument_of(const ConvProblem& problem, Role role) noexcept;

// Descriptions of x, w and y that an operation has to be made for; null ones are chosen by the library.
struct Descriptions {
  const MemoryDescObject *x = nullptr, *w = nullptr, *y = nullptr;
};

// The best implementation, for as many threads as TeamSize says. Throws Unsupported if there is none, or only the
// library's own reference.
PrimitiveDesc implementation_of(const ConvProblem& problem, const Descriptions& descriptions);

// "brg_conv_fwd:avx512_core"
const char* name_of(const PrimitiveDesc& implementation);

}  // namespace faltung::cpu_onednn

// A contraction as the kernels want it: who is rows and who is lanes, and how each operand is read.
#pragma once

#include "engines/cpu/gemm/contraction.h"
#include "engines/cpu/gemm/finish.h"
#include "kernels/gemm/tile.h"
#include "problem/geometry.h"

namespace faltung::cpu_gemm {

// Whether the gathered side becomes the lanes: what the written operand has next to each other, unless that is too
// little to fill vectors with.
bool gathered_across(const Contraction& contraction, int vector_lanes);

// Everything but the pointers and the tile size.
template <class T>
gemm::Product<T> product_of(const ConvProblem& problem, const Contraction& contraction, bool gathered_is_lanes);

// Cycles to pack an element, roughly.
double packing_cost(const gemm::Side& side);

}  // namespace faltung::cpu_gemm

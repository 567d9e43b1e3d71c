// A contraction in the form that the GEMM kernels take: the operands that become rows (M) and lanes (N), and how each
// is read.
#pragma once

#include "engines/cpu/gemm/contraction.h"
#include "engines/cpu/gemm/finish.h"
#include "kernels/gemm/product.h"
#include "problem/geometry.h"

namespace faltung::cpu_gemm {

// Whether the gathered side becomes the lanes: it does if the written operand is contiguous along it, unless that is
// too little to fill vectors.
bool gathered_across(const Contraction& contraction, int vector_lanes);

// Everything except pointers and tile size.
template <class T>
gemm::Product<T> product_of(const ConvProblem& problem, const Contraction& contraction, bool gathered_is_lanes);

// Integers in the words that a product is of: single ones of 32 bits, pairs of i16, or four bytes of which those of the
// gathered operand are unsigned.
enum class Words : std::uint8_t { single, pairs, quads };
const gemm::MicroKernels<std::uint32_t>& kernels_for(Words words, bool gathered_is_lanes);

// Approximate cycles to pack an element, and to store an element of C.
double packing_cost(const gemm::Side& side);
double storing_cost(const ConvProblem& problem, const gemm::IndexSet& rows, const gemm::IndexSet& lanes, bool in_place);

}  // namespace faltung::cpu_gemm

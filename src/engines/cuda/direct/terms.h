// Kernel arguments: geometry and strides in a form in which one loop serves all passes and layouts.
#pragma once

#include "engines/cuda/direct/walk.h"
#include "faltung/problem.h"

namespace faltung::cuda_direct {

// One index of the written operand: how it is derived from the element's number, and its strides.
template <class Index>
struct Place {
  Index divisor = 1, extent = 1;    // index = number / divisor % extent
  Index written = 0, a = 0, b = 0;  // strides; a and b are the two operands read
};

template <class Index>
struct Terms {
  Pass pass = Pass::Forward;
  Index count = 0;          // of elements to write
  Place<Index> channel[3];  // non-spatial extents, in the operand's order
  Place<Index> spatial[3];  // spatial axes; a, b: strides of these operands
  Line<Index> line[3];
  Index step_a[3], step_b[3];                       // between consecutive terms along an axis
  Index reduced = 1, reduced_a = 0, reduced_b = 0;  // the reduced channel (or batch) extent
  bool conjugate_a = false, conjugate_b = false;
};

template <class Index>
struct Start {
  Index number[3];                  // index of each channel[]
  Index written = 0, a = 0, b = 0;  // offsets
  Index count[3];                   // terms along each axis
};

// The coordinate that indexes an operand: h for x, r for w, o for y. The pass determines the written operand; a and b
// are the other two, in the order x, w, y.
template <class Index>
FALTUNG_HOST_DEVICE inline Index coordinate_a(Pass pass, const Walk<Index>& walk) {
  return pass == Pass::DataGrad ? walk.r : walk.h;
}
template <class Index>
FALTUNG_HOST_DEVICE inline Index coordinate_b(Pass pass, const Walk<Index>& walk) {
  return pass == Pass::Forward ? walk.r : walk.o;
}

template <class Index>
FALTUNG_HOST_DEVICE inline Start<Index> start_of(const Terms<Index>& terms, Index number) {
  Start<Index> start;
  for (int i = 0; i < 3; ++i) {
    const Place<Index>& place = terms.channel[i];
    const Index index = number / place.divisor % place.extent;
    start.number[i] = index;
    start.written += index * place.written;
    start.a += index * place.a;
    start.b += index * place.b;
  }
  for (int i = 0; i < 3; ++i) {
    const Place<Index>& place = terms.spatial[i];
    const Index index = number / place.divisor % place.extent;
    const Walk<Index> walk = walk_of(terms.pass, terms.line[i], index);
    start.written += index * place.written;
    start.a += coordinate_a(terms.pass, walk) * place.a;
    start.b += coordinate_b(terms.pass, walk) * place.b;
    start.count[i] = walk.count;
  }
  return start;
}

// 64-bit arguments; narrowed() gives 32-bit ones if everything fits.
Terms<std::int64_t> terms_of(const ConvProblem& problem);
bool fits_in_32_bits(const ConvProblem& problem);
Terms<std::int32_t> narrowed(const Terms<std::int64_t>& terms);

constexpr Role read_a(Pass pass) noexcept { return pass == Pass::DataGrad ? Role::w : Role::x; }
constexpr Role read_b(Pass pass) noexcept { return pass == Pass::Forward ? Role::w : Role::y; }

}  // namespace faltung::cuda_direct

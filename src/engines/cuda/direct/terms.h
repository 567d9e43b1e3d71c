// What a kernel is told: the geometry and the strides, turned so that one loop serves all passes and layouts.
#pragma once

#include "engines/cuda/direct/walk.h"
#include "faltung/problem.h"

namespace faltung::cuda_direct {

// One index of the written operand: how it is read off an element's number, and what it moves.
template <class Index>
struct Place {
  Index divisor = 1, extent = 1;    // index = number / divisor % extent
  Index written = 0, a = 0, b = 0;  // strides; a and b are the operands that are read
};

template <class Index>
struct Terms {
  Pass pass = Pass::Forward;
  Index count = 0;          // elements to write
  Place<Index> channel[3];  // the extents that are not spatial, in the operand's order
  Place<Index> spatial[3];  // a, b: strides of these operands along the axis
  Line<Index> line[3];
  Index step_a[3], step_b[3];                       // from one term to the next along an axis
  Index reduced = 1, reduced_a = 0, reduced_b = 0;  // the channel (or batch) that is summed over
  bool conjugate_a = false, conjugate_b = false;
};

template <class Index>
struct Start {
  Index number[3];                  // of each channel[] index
  Index written = 0, a = 0, b = 0;  // offsets
  Index count[3];                   // terms along each axis
};

// Which coordinate of a walk an operand is indexed by: x by h, w by r, y by o. The passes write them in the order y, x,
// w; a is the first, b the second of the others in the order x, w, y.
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

// 64-bit always; narrowed where everything fits.
Terms<std::int64_t> terms_of(const ConvProblem& problem);
bool fits_in_32_bits(const ConvProblem& problem);
Terms<std::int32_t> narrowed(const Terms<std::int64_t>& terms);

constexpr Role read_a(Pass pass) noexcept { return pass == Pass::DataGrad ? Role::w : Role::x; }
constexpr Role read_b(Pass pass) noexcept { return pass == Pass::Forward ? Role::w : Role::y; }

}  // namespace faltung::cuda_direct

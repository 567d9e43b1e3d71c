// Every pass as the same contraction: one operand is read as a plain matrix, the other is gathered, by the coordinates
// that an index across the matrix and one along the depth add up to, with zeros outside.
//
//     pass        plain (across × depth)    gathered (depth × across)          written (plain × gathered)
//     Forward     w: k × (c, r)             x: (c, r) × (n, o)                 y
//     DataGrad    w: c × (k, r)             y: (k, r) × (n, h)                 x, a stride phase of h at a time or all
//     WeightGrad  y: k × (n, o)             x: (n, o) × (c, r)                 w
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "faltung/problem.h"
#include "kernels/gemm/index_set.h"

namespace faltung::cpu_gemm {

struct Reading {
  Role role = Role::x;
  gemm::IndexSet across, depth;
  std::int64_t origin = 0;  // offset of index (0, 0), possibly outside the tensor
};

struct Contraction {
  Reading plain, gathered;
  gemm::IndexSet c_plain, c_gathered;  // offsets of the indices across in the written operand
  std::int64_t c_origin = 0;
  std::int64_t plain_per_channel =
      1;                // number of neighbouring plain indices that belong to one channel of the written operand
  gemm::Bounds bounds;  // of the gathered operand
};

// DataGrad writes x in stride phases: in each, h mod stride is fixed on every axis, which determines the taps that take
// part and the positions they read. The other passes have one phase.
class Phases {
 public:
  // All of them, or only those that some tap may meet: in the others no sum has a term.
  explicit Phases(const ConvProblem& problem, bool with_taps_only = false);

  std::int64_t count() const noexcept { return count_; }
  double share() const noexcept { return share_; }  // of all phases
  std::size_t footprint_bytes() const noexcept;
  // The remainder of each axis.
  std::array<std::int64_t, max_spatial> operator[](std::int64_t index) const noexcept;

 private:
  struct OfAxis {
    std::int64_t count = 1;
    std::vector<std::int64_t> chosen;  // empty: all
  };
  static OfAxis of(const Axis& axis, bool with_taps_only);

  std::array<OfAxis, max_spatial> axes_;
  std::int64_t count_ = 1;
  double share_ = 1;
};

// For the first group; the others are offset by a group's stride. Phase 0 is the largest. Each loop has a digit of its
// own. `block`: where taps go around channels, they do so around so many of them at a time, a divisor; 0: all.
Contraction unmerged_contraction_of(const ConvProblem& problem, const Phases& phases, std::int64_t phase,
                                    std::int64_t block);
// The same with the fewest digits.
Contraction merged(Contraction contraction);

}  // namespace faltung::cpu_gemm

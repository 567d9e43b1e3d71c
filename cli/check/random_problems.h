// Problems nobody would think of, from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "faltung/problem.h"

namespace faltung::check {

class RandomProblems {
 public:
  explicit RandomProblems(std::uint64_t seed) : generator_(seed) {}

  // Canonical: all passes, ranks, strides, dilations, groups, uneven, negative and oversized pads, layouts with gaps,
  // permuted, reversed and repeated axes, types, conjugations, alignments, epilogues and flags. A few thousand elements
  // at most; now and then an extent of zero.
  ConvProblem any();
  // Quantised ones, of all types, geometries and layouts.
  ConvProblem quantized();
  // The same as any() without what only one pass or type allows: dense nchw, f64, no flags, nothing empty. Without
  // transforms: exact on whole numbers.
  ConvProblem plain(Pass pass);

  std::int64_t between(std::int64_t low, std::int64_t high);
  bool chance(int percent) { return between(0, 99) < percent; }
  template <class T>
  T pick(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }

 private:
  Axis axis();
  Geometry geometry();
  Border fitting_border(const Geometry& geometry);
  Dims strides(const Dims& extents, bool written);
  ConvProblem causal();
  void layouts(ConvProblem& problem);
  void types(ConvProblem& problem);
  void flags(ConvProblem& problem);

  std::mt19937_64 generator_;
};

}  // namespace faltung::check

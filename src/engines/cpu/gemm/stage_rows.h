// Which gathered operands are copied by position, and how.
#pragma once

#include <optional>

#include "engines/cpu/gemm/contraction.h"
#include "kernels/gemm/stage.h"

namespace faltung::cpu_gemm {

// Channels of a block of the depth that has all taps, at most about `deepest` terms; 0: there is no good one. Then a
// block's copy holds each of its elements once.
std::int64_t channels_of_block(std::int64_t channels, std::int64_t taps, std::int64_t deepest);

// The same for a part of a problem with so much depth; 0 as well where that is not copied, by its shape alone.
std::int64_t channels_of_block(const ConvProblem& problem, std::int64_t depth, std::int64_t deepest);

// Of the operand that is gathered along the depth; forward and data gradient.
std::int64_t read_channels(const ConvProblem& problem);

// Fewer channels or taps of the other operand do not fill vectors.
inline constexpr std::int64_t fewest_lanes = 8;

// Nothing if neither channels nor positions are neighbours in memory, or if an axis with its padding is very long.
std::optional<gemm::Stage> stage_of(const ConvProblem& problem, const Contraction& unmerged, gemm::CopyRows copy,
                                    std::size_t number_bytes);
// For micro-kernels of T.
template <class T>
std::optional<gemm::Stage> stage_of(const ConvProblem& problem, const Contraction& unmerged) {
  const gemm::CopyRows copy = gemm::copy_rows_for<T>(problem.operand(unmerged.gathered.role).dtype);
  return stage_of(problem, unmerged, copy, sizeof(T));
}

// At most so many rows of which a copy, for a block of the depth, has up to `numbers`.
std::int64_t rows_that_fit(gemm::Stage stage, std::int64_t rows, std::int64_t depth, std::int64_t numbers);

}  // namespace faltung::cpu_gemm

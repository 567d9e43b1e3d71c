// cuDNN's notes on the numerics of an engine, and whether a problem allows them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

// Same values as cudnnBackendNumericalNote_t, so that this needs no cuDNN.
enum class Note : std::uint8_t {
  tensor_core = 0,
  down_convert_inputs = 1,
  reduced_precision_reduction = 2,
  fft = 3,
  nondeterministic = 4,
  winograd = 5,
  winograd_4x4 = 6,
  winograd_6x6 = 7,
  winograd_13x13 = 8,
  strict_nan = 9,
  compiled_at_run_time = 31,  // a behaviour note; not one of cuDNN's numbers
};

class Notes {
 public:
  constexpr Notes() = default;
  constexpr Notes(std::initializer_list<Note> notes) {
    for (Note note : notes) add(note);
  }
  constexpr void add(Note note) noexcept { bits_ |= bit(note); }
  constexpr bool has(Note note) const noexcept { return (bits_ & bit(note)) != 0; }
  constexpr bool any(Notes others) const noexcept { return (bits_ & others.bits_) != 0; }

 private:
  static constexpr std::uint32_t bit(Note note) noexcept { return 1U << static_cast<unsigned>(note); }
  std::uint32_t bits_ = 0;
};

// Reason why an engine with these notes must not solve the problem; empty if it may.
std::string_view refusal(Notes notes, const ConvProblem& problem) noexcept;

// Whether an allowed engine may compute products other than the defining sum's (transforms, TF32).
bool may_transform(const ConvProblem& problem) noexcept;

}  // namespace faltung::cuda_cudnn

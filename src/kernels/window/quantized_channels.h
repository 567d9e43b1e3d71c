// Sums over taps of 16-bit numbers, each channel for itself, in i32.
#pragma once

#include <cstdint>

namespace faltung::window {

// Of one output: sums[c] = Σ x[offsets[t] + c] · w[t · channels + c] over `taps`.
struct TapsOfChannels {
  const std::int16_t* x = nullptr;
  const std::int64_t* offsets = nullptr;
  const std::int16_t* w = nullptr;
  std::int64_t taps = 0, channels = 0;
};
using SumTapsOfChannels = void (*)(const TapsOfChannels& taps, std::int32_t* sums);

// For this CPU; valid until the program ends.
SumTapsOfChannels sum_taps_of_channels();

}  // namespace faltung::window

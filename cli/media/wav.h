// Sounds: WAV in and out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "faltung/tensor.h"

namespace faltung::cli {

// How samples are stored. Integers have 8, 16, 24 or 32 bits, floating-point numbers 32 or 64.
struct SampleFormat {
  std::int64_t rate = 48000;  // samples of a channel in a second
  int bits = 16;
  bool floating = false;

  // Holds every sample.
  DType dtype() const noexcept { return bits > 32 || (bits == 32 && !floating) ? DType::f64 : DType::f32; }
};

struct Sound {
  SampleFormat format;
  Tensor channels;  // (C, samples); integers are divided by half their range: from −1 to 1
};

// The bytes may be hostile; a stream that did not know its length, and says 2^32 − 1, ends where the bytes do. Throws
// Failure.
Sound parse_wav(std::span<const std::byte> bytes);
// Rounded, and clipped to what an integer holds.
std::vector<std::byte> format_wav(const SampleFormat& format, const TensorView& channels);

}  // namespace faltung::cli

// What filters are applied to: channels of samples along one to three axes, and what else their file holds.
#pragma once

#include <optional>
#include <string>

#include "faltung/tensor.h"
#include "media/format.h"
#include "media/picture.h"
#include "media/wav.h"

namespace faltung::cli {

struct Signal {
  Format format = Format::png;
  Tensor channels;  // (C, axes…); of an array there is one; samples of a picture run from 0 to 1, of a sound from −1
  SampleFormat samples{};  // a sound's
  Picture picture{};       // its depth and alpha stay
  std::string what;        // "512x384, 8 bits, RGB"

  int rank() const noexcept { return channels.rank() - 1; }
};

// The picture that the program makes.
Signal synthetic_signal();
// Arrays are converted to that type, and are f32 or f64. Throws UsageError and Failure.
Signal load_signal(const std::string& place, std::optional<DType> dtype);

// Throws UsageError if what is to be written there cannot hold it.
void check_fit(const std::string& place, const Signal& signal);

// Filtered channels, with `offset` added, go where the name says.
void save_signal(const std::string& place, const Signal& signal, const Tensor& channels, double offset);

}  // namespace faltung::cli

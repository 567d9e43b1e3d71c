// Copies a part of an operand with its padding, converted, so that every tap reads it at a constant offset: each
// element is copied once, however many taps read it.
//
// The operand is seen as if it had its padding: positions are numbered through its axes and images, w fastest, each has
// its channels. A copy is a window of these positions, for some of the channels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "faltung/dtype.h"
#include "kernels/gemm/index_set.h"

namespace faltung::gemm {

// The operand, padded. Axes are filled up from the front with extents of 1.
struct Padded {
  Coordinates extent{1, 1, 1}, padded{1, 1, 1};  // without and with the padding
  Coordinates first{};                           // the coordinate of the first position, maybe negative
  Coordinates stride{};
  std::int64_t batch_stride = 0, channel_stride = 0;
  std::int64_t offset = 0;  // of coordinate 0 from the side's base
};

struct Window {
  std::int64_t position = 0, positions = 0, channel = 0, channels = 0;
};

// How the copy of a window lies: an element has `position` numbers to the next position, `channel` to the next channel.
struct Pitch {
  std::int64_t position = 1, channel = 1;
};

// Copies neighbours: `rows` rows of `count` each; steps are in elements.
using CopyRows = void (*)(const std::byte* from, std::int64_t from_step, void* to, std::int64_t to_step,
                          std::int64_t rows, std::int64_t count);
// For micro-kernels of T; null for conversions that are rare, and for complex elements.
template <class T>
[[gnu::visibility("hidden")]] CopyRows copy_rows_for(DType dtype);

// What is read of one side of a product, in terms of positions and channels.
struct Stage {
  Padded source;
  CopyRows copy = nullptr;
  std::size_t element_bytes = 4, number_bytes = 4;
  std::int64_t origin = 0;  // the position of index (0, 0)
  IndexSet across, depth;   // positions
  IndexSet across_channel, depth_channel;
  bool channels_inside = false;          // of a position: neighbours, in the operand and in the copy
  Pitch pitch;                           // of every copy
  IndexSet across_offset, depth_offset;  // in the copy

  // The largest copy for so many neighbours across and along the depth; what `pitch` must be for it.
  Window largest(std::int64_t across_count, std::int64_t depth_count) const;
  // Room for it, and the pitch and offsets for that. The numbers of a copy.
  std::int64_t lay_out(std::int64_t across_count, std::int64_t depth_count);

  Window window(std::int64_t first, std::int64_t count, std::int64_t begin, std::int64_t depth) const;
  // Where index (0, 0) would be in a copy of the window at `to`, in numbers.
  std::int64_t offset_of_origin(const Window& window) const {
    return plus(times(origin - window.position, pitch.position), times(-window.channel, pitch.channel));
  }
  void copy_window(const std::byte* base, const Window& window, std::byte* to) const;
};

}  // namespace faltung::gemm

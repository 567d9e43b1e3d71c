// Parameters of a convolution: strides, padding, groups, numerics, and how to choose the engine.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "faltung/context.h"
#include "faltung/dims.h"
#include "faltung/problem.h"

#pragma GCC visibility push(default)
namespace faltung {

// One value for all spatial axes, or one for each of them, outermost first.
class PerAxis {
 public:
  PerAxis(std::integral auto value) : values_{static_cast<std::int64_t>(value)} {}
  PerAxis(std::initializer_list<std::int64_t> values) : PerAxis(std::span(values.begin(), values.size())) {}
  explicit PerAxis(std::span<const std::int64_t> values);  // more than max_rank values: InvalidArgument

  int size() const noexcept { return values_.size(); }
  std::int64_t operator[](int axis) const { return values_[size() == 1 ? 0 : axis]; }  // beyond: InvalidArgument
  const Dims& values() const noexcept { return values_; }

 private:
  Dims values_;
};

// Elements added at the two ends of an axis; a negative amount crops.
struct Sides {
  std::int64_t low, high;
  Sides(std::int64_t low_side, std::int64_t high_side) : low(low_side), high(high_side) {}
};

// Paddings that follow from the other parameters. With k the filter's extent, s the stride, d the dilation, an axis of
// extent `in` gets:
//
//   mode         convolution                                    transposed convolution
//   valid        nothing                                        nothing
//   same         out = ceil(in / s); of the zeros needed for    out = in · s: the adjoint of a "same" convolution from
//                that, half low (rounded down), the rest high   that extent
//   same_lower   the same with the larger half low              likewise
//   causal       d(k−1) low, none high: an output depends on    out = in · s, nothing cut low: an output depends on
//                inputs up to its own place, never later ones   inputs up to its own place
//   full         d(k−1) on both sides: every position that      d(k−1) cut on both sides: the adjoint of "full"
//                touches the input
//
// Uneven padding costs nothing: no padded copy is made. "same" follows PyTorch at stride 1, where PyTorch defines it.
enum class PaddingMode : std::uint8_t { amounts, valid, same, same_lower, causal, full };

// One amount for all sides of all axes (≥ 0), one per axis for both its sides (≥ 0), a {low, high} pair per axis (may
// be negative), a mode, or a mode's name.
class Padding {
 public:
  Padding(std::integral auto amount) : low_{static_cast<std::int64_t>(amount)}, high_(low_) {}
  Padding(std::initializer_list<std::int64_t> amounts) : Padding(std::span(amounts.begin(), amounts.size())) {}
  Padding(std::initializer_list<Sides> sides) : Padding(std::span(sides.begin(), sides.size())) {}
  Padding(PaddingMode mode) : mode_(mode) {}
  Padding(std::string_view name);  // an unknown name: InvalidArgument
  Padding(const char* name) : Padding(std::string_view(name ? name : "")) {}
  explicit Padding(std::span<const std::int64_t> amounts);
  explicit Padding(std::span<const Sides> sides);

  PaddingMode mode() const noexcept { return mode_; }
  bool symmetric() const noexcept { return symmetric_; }  // given as amounts, not as pairs
  int size() const noexcept { return low_.size(); }
  std::int64_t low(int axis) const { return low_[size() == 1 ? 0 : axis]; }
  std::int64_t high(int axis) const { return high_[size() == 1 ? 0 : axis]; }

 private:
  PaddingMode mode_ = PaddingMode::amounts;
  bool symmetric_ = true;
  Dims low_, high_;
};

std::string_view name_of(PaddingMode mode) noexcept;  // "valid", "same", …

// Written with designated initialisers: conv2d(x, w, bias, {.stride = 2, .padding = "same", .groups = 4}).
struct ConvOptions {
  PerAxis stride = 1;
  Padding padding = 0;
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  PerAxis output_padding = 0;  // transposed only: added to the output at the high end; less than stride or dilation
  bool transposed = false;     // conv1d … conv3d and conv_transpose1d … 3d know it from their names and ignore this
  // What stands in the padding; not for transposed convolutions. reflect needs padding less than the input's extent,
  // circular at most as much. Every gradient follows.
  Border padding_mode = Border::zeros;
  Numerics numerics{};  // this call and no other: nothing is read from globals later
  Policy policy{};
  void* stream = nullptr;  // cudaStream_t, hipStream_t of the context's device; null: its default stream
};

}  // namespace faltung
#pragma GCC visibility pop

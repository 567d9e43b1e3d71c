// Calls that came before: one with the same extents, strides, types and options needs no checks and no search for a
// plan.
#pragma once

#include <array>
#include <optional>

#include "faltung/compile.h"
#include "faltung/conv.h"

namespace faltung::python {

enum class Result : std::uint8_t { output, input_gradient, weight_gradient };

// Everything but the memory and the stream that a call is told by.
struct CallKey {
  struct Array {
    Dims sizes, strides;
    DType dtype = DType::f32;
    bool conjugate = false, defined = false;
    unsigned alignment = 0;  // of the pointer; up to Operand::max_alignment
    auto operator<=>(const Array&) const = default;
  };
  Result result = Result::output;
  std::array<Array, 3> arrays;  // input, weight, and bias or the output's gradient
  Dims stride, low, high, dilation, output_padding;
  std::int64_t groups = 1;
  PaddingMode padding = PaddingMode::amounts;
  bool transposed = false;
  Border padding_mode = Border::zeros;
  Numerics numerics;
  int threads = 0, rank = 0;
  Device device;
  bool operator==(const CallKey&) const = default;
};

// Of a convolution. Nothing for a call that is not kept: on several devices, with a policy of more than threads, with a
// bias that must be copied.
std::optional<CallKey> key_of(const TensorView& input, const TensorView& weight, const TensorView& bias,
                              const ConvOptions& options, int rank);
std::optional<CallKey> key_of(const std::array<const TensorView*, 3>& views, Result result, const ConvOptions& options,
                              int rank);

// How such a call was done.
struct KnownCall {
  CompiledConv compiled;
  Dims sizes;  // of the result
  DType dtype;
  MemoryFormat format;
  Device device;

  Tensor make_result(void* stream) const;
  bool writes(const TensorView& out) const;  // as it would write a new result; its memory is another matter
};

// Of a pointer, in bytes; up to Operand::max_alignment.
std::uint8_t alignment_of(const void* data) noexcept;

// A few dozen, for all threads. Never waits: what another thread is just looking at is not found, and not kept.
std::optional<KnownCall> find_known(const CallKey& key);
// Nobody finds it if forget_known() was called since known_generation() was read, which is before it was planned.
void keep_known(const CallKey& key, const KnownCall& call, std::uint64_t generation);
std::uint64_t known_generation() noexcept;
// After what may change choices, as calls that measure do.
void forget_known() noexcept;
struct ForgetIfMeasured {
  const Effort effort;
  ~ForgetIfMeasured() {
    if (effort == Effort::Measure || effort == Effort::Exhaustive) forget_known();
  }
};

}  // namespace faltung::python

// What is computed: one geometry, one trilinear form, three passes.
//
//     T(x, w, y) = Σ x[n,g,c,h] · w[g,k,c,r] · y[n,g,k,o]     over h = o·stride + r·dilation − pad, 0 ≤ h < in
//
//     Forward  y = ∂T/∂y        DataGrad  x = ∂T/∂x        WeightGrad  w = ∂T/∂w
//
// A transposed convolution is DataGrad with y as its input and x as its output.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/activation.h"
#include "faltung/dims.h"
#include "faltung/dtype.h"
#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

enum class Pass : std::uint8_t { Forward, DataGrad, WeightGrad };

// The three operands keep their names in every pass; the pass determines which one is written.
enum class Role : std::uint8_t { x, w, y };

constexpr Role written_role(Pass pass) noexcept {
  return pass == Pass::Forward ? Role::y : pass == Pass::DataGrad ? Role::x : Role::w;
}

// One spatial dimension. Only the low pad is stored: the high pad follows from the other numbers, so the two cannot
// disagree. A negative pad crops.
struct Axis {
  std::int64_t in = 1, filter = 1, out = 1, stride = 1, dilation = 1, pad = 0;
  auto operator<=>(const Axis&) const = default;

  // Reach of the last filter position past `in`; negative if it stops before the end.
  std::int64_t high_pad() const noexcept { return (out - 1) * stride + (filter - 1) * dilation + 1 - in - pad; }
};

inline constexpr int max_spatial = 3;

// Channels are per group. Axes are outermost first; those from `rank` on keep their defaults.
struct Geometry {
  std::int64_t batch = 1, groups = 1, in_channels = 1, out_channels = 1;
  int rank = 2;
  std::array<Axis, max_spatial> axes{};
  auto operator<=>(const Geometry&) const = default;
};

// Extents of an operand, always 3 + rank of them: x (N, G, C, in…), w (G, K, C, filter…), y (N, G, K, out…).
Dims extents_of(const Geometry& geometry, Role role);

// Memory layout of an operand. Strides in elements, one for each of `extents_of`; canonical: 0 where the extent is 1,
// so that equal layouts compare equal. `alignment`: known alignment of the pointer in bytes; canonical: from that of a
// number to max_alignment.
struct Operand {
  static constexpr std::uint8_t max_alignment = 16;
  DType dtype = DType::f32;
  bool conjugate = false;
  std::uint8_t alignment = max_alignment;
  Dims strides;
  auto operator<=>(const Operand&) const = default;
};

// What stands in the padding of x, beyond its ends (a b c d): zeros; its elements mirrored at the first and the last
// one (c b|a b c d|c b); these two repeated (a a|a b c d|d d); those of the other end, as if x went round (c d|a b c
// d|a b); or its elements mirrored at its ends (b a|a b c d|d c). A data gradient adds what falls on the padding to the
// elements that stand there.
enum class Border : std::uint8_t { zeros, reflect, replicate, circular, symmetric };

// The epilogue, applied before the result is rounded and stored: activation(result + alpha · z + bias). Forward and
// DataGrad only. The bias has one entry for each channel of the written operand, over all groups; z has the written
// operand's extents, type and strides. alpha is given at run time.
//
// quantized: x and w are integers of 8 bits that stand for real numbers, a scale times their distance from a zero
// point, as ONNX's QLinearConv and ConvInteger have it. Forward only, without an addition; x is i8 or u8, w the same
// (u8 with zero points only), the bias i32. What stands in the padding counts as the zero point of x.
//
//     sum = Σ (x − x_zero) · (w − w_zero[k]) + bias[k]      in i32, which wraps; relu of it, if asked for
//     y   = sum                                             y is i32
//     y   = sum · scale[k]                                  y is f32: both factors are, and the product is rounded
//     y   = saturate(round(sum · scale[k]) + y_zero)        y is i8 or u8: ties to even; scale = s_x · s_w[k] / s_y
//
// The values are given at run time (Quantization): layers that differ in these alone share a plan. That w has zero
// points is a part of the problem: engines prepare w without them, or refuse.
struct Epilogue {
  bool bias = false;
  bool add = false;
  Activation activation = Activation::none;
  bool quantized = false;
  bool weight_zeros = false;  // w has zero points; quantized only
  auto operator<=>(const Epilogue&) const = default;
  bool empty() const noexcept { return *this == Epilogue{}; }
};

struct Numerics {
  std::optional<DType>
      accumulate;                // the type sums are carried in; nothing: accumulator_of(dtype). f64 may be asked for
  bool tf32 = true;              // f32 products may be rounded to 10 mantissa bits (GPU tensor cores)
  bool deterministic = false;    // bit-identical results in every run
  bool batch_invariant = false;  // an image's result does not depend on which others share its batch
  bool transforms = true;        // Winograd and FFT are allowed
  bool large_tiles = false;      // and so are Winograd's F(6, 3) along two axes; canonical: false without transforms
  auto operator<=>(const Numerics&) const = default;
};

// A value: compared, hashed, printed, parsed; it is the cache key.
struct ConvProblem {
  Pass pass = Pass::Forward;
  Geometry geometry;
  Operand x, w, y;
  Epilogue epilogue;
  bool accumulate = false;  // written operand += result, instead of =
  // w stays the same from run to run. It is prepared once (CompiledConv::prepare), and an engine is chosen by what is
  // left to do in a run. Not for WeightGrad.
  bool constant_weights = false;
  Border padding_mode = Border::zeros;  // canonical: zeros where nothing is padded
  Numerics numerics;
  auto operator<=>(const ConvProblem&) const = default;

  const Operand& operand(Role role) const noexcept { return role == Role::x ? x : role == Role::w ? w : y; }
  Operand& operand(Role role) noexcept { return role == Role::x ? x : role == Role::w ? w : y; }
  const Operand& written() const noexcept { return operand(written_role(pass)); }
};

// How an engine's result may differ from the sum as written.
struct Accuracy {
  enum class Kind : std::uint8_t {
    exact,         // summed in a wider type, rounded once
    reassociated,  // the same products in another order: exact on small integers
    transformed,   // Winograd, FFT, TF32: other products
  };
  Kind kind = Kind::exact;
  float growth = 1;  // transformed: its errors are so many times those that a sum of the products may have

  static const Accuracy exact, reassociated;
  static const Accuracy transformed;  // by a library that does not say how
  static constexpr Accuracy transformed_by(double growth) { return {Kind::transformed, static_cast<float>(growth)}; }

  bool is_transformed() const noexcept { return kind == Kind::transformed; }
  auto operator<=>(const Accuracy&) const = default;
};
inline constexpr Accuracy Accuracy::exact{Kind::exact}, Accuracy::reassociated{Kind::reassociated},
    Accuracy::transformed{Kind::transformed, 4};

// The values of a quantised run, on the host, where pointers are to one value for each channel of y, over all groups.
struct Quantization {
  const float* scale = nullptr;          // finite; null where y is i32
  const std::int32_t* w_zero = nullptr;  // each a value that w may have; epilogue.weight_zeros, else null
  std::int32_t x_zero = 0;               // a value that x may have
  std::int32_t y_zero = 0;               // a value that y may have; 0 where y is i32 or f32
};

// Pointers to the first element of each operand, aligned to the elements at least. The pass determines which of x, w, y
// is written; the others are only read. What the problem has no use for is left out: bias and z null, alpha 0 or 1.
struct Operands {
  void* x = nullptr;
  void* w = nullptr;
  void* y = nullptr;
  // Written type (quantised: i32), one for each channel of the written operand; epilogue.bias.
  const void* bias = nullptr;
  const void* z = nullptr;                     // as the written operand, on the CPU also that itself; epilogue.add
  double alpha = 1.0;                          // scale of z; of integers a whole number that the accumulator holds
  const Quantization* quantization = nullptr;  // epilogue.quantized
  // What a plan reads in place of w: set by CompiledConv::run, null elsewhere.
  const std::byte* prepared = nullptr;

  void* get(Role role) const noexcept { return role == Role::x ? x : role == Role::w ? w : y; }
};

std::size_t hash_value(const ConvProblem& problem) noexcept;

// Multiplications of the three nested sums times two, not counting taps that fall outside; complex counts four times.
double flops_of(const ConvProblem& problem);
// Bytes of all operands, each read or written once.
double bytes_of(const ConvProblem& problem);

// Strides of an operand in a dense format, canonical.
Dims operand_strides(const Geometry& geometry, Role role, MemoryFormat format);

// The dense formats that match the strides: both if extents of 1 leave it open, neither if there are gaps.
struct DenseLayout {
  bool contiguous = false, channels_last = false;
  bool is(MemoryFormat format) const noexcept {
    return format == MemoryFormat::channels_last ? channels_last : contiguous;
  }
  // The format for a dense copy: channels_last if only that matches the strides, else contiguous.
  MemoryFormat nearest() const noexcept {
    return channels_last && !contiguous ? MemoryFormat::channels_last : MemoryFormat::contiguous;
  }
};
DenseLayout layout_of(const ConvProblem& problem, Role role);
// The formats that match all of these operands.
DenseLayout layout_of(const ConvProblem& problem, std::initializer_list<Role> roles = {Role::x, Role::w, Role::y});

// Makes the problem canonical (strides of extents 1, defaults). Throws InvalidArgument for meaningless problems:
// extents, products or strides out of range (operands have at most 2^60 bytes, repeated elements counted), an epilogue
// on WeightGrad, incompatible types, more padding than a border can fill.
ConvProblem canonical(ConvProblem problem);

// The same convolution in another pass, batch, type or dense format; members that are not set stay. An operand whose
// extents change gets the dense format nearest to its own, unless a new one is given. Bias, add, activation and
// accumulate belong to the original pass and are dropped with it; a weight gradient's weights are not constant,
// whatever is set. Canonical; throws InvalidArgument as canonical() does.
struct ProblemChanges {
  std::optional<Pass> pass{};
  std::optional<std::int64_t> batch{};
  std::optional<DType> dtype{};
  std::optional<MemoryFormat> format{};
  std::optional<bool> constant_weights{};
};
ConvProblem changed(ConvProblem problem, const ProblemChanges& changes);

// The one text form, for instance
//     fwd f32 nchw n32 c64 k128 g1 i56x56 f3x3 o56x56 s1 d1 p1 bias relu
// c and k are totals over the groups. parse() takes defaults left out, one number for all axes, and computes `o`;
// it throws InvalidArgument with the position of what it does not understand. print() is canonical, and
// parse(print(p)) == p for every canonical p. docs/how-to/problem-text.md has the whole grammar.
std::string print(const ConvProblem& problem);
ConvProblem parse_problem(std::string_view text);

// A file of problems, one per line; `#` starts a comment, `*N` at the end of a line gives the number of occurrences. A
// problem that is written twice, in the same words, is one line with both counts: so a trace (faltung/trace.h) is a
// file of the problems that a program ran.
struct ProblemLine {
  ConvProblem problem;
  std::int64_t count = 1;
  int line = 0;  // the first
};
std::vector<ProblemLine> parse_problem_file(std::string_view text);   // InvalidArgument with the line number
std::vector<ProblemLine> load_problem_file(const std::string& path);  // a regular one; Io if it cannot be read

std::string_view name_of(Pass pass) noexcept;  // "fwd", "dgrad", "wgrad"
std::string_view name_of(Activation activation) noexcept;
std::string_view name_of(Border border) noexcept;  // "zeros", "reflect", …
// PyTorch's names and NumPy's "symmetric", and SciPy's "mirror", "nearest", "wrap" and "grid-mirror" for the last four;
// nothing if there is no such border. (SciPy calls symmetric "reflect", too, which here is PyTorch's and NumPy's.)
std::optional<Border> border_from_name(std::string_view name) noexcept;

}  // namespace faltung
#pragma GCC visibility pop

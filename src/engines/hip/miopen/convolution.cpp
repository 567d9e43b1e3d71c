#include "engines/hip/miopen/convolution.h"

#include <algorithm>
#include <limits>

#include "problem/geometry.h"

namespace faltung::hip_miopen {
namespace {

constexpr std::array roles{Role::x, Role::w, Role::y};

bool is_half(DType dtype) noexcept { return dtype == DType::f16 || dtype == DType::bf16; }

// How far a filter reaches beyond the input with the same pad at both ends; below 0: it stops before.
std::int64_t spare(const Axis& axis) noexcept { return axis.in + 2 * axis.pad - (axis.filter - 1) * axis.dilation - 1; }

// With a single output the stride is arbitrary.
std::int64_t step_of(const Axis& axis) noexcept {
  return axis.out > 1 ? axis.stride : std::max(axis.stride, spare(axis) + 1);
}

bool pads_alike(const Axis& axis) noexcept {
  return axis.pad >= 0 && spare(axis) >= 0 && spare(axis) / step_of(axis) + 1 == axis.out;
}

template <class Predicate>
bool every_axis(const ConvProblem& p, Predicate predicate) {
  return std::all_of(p.geometry.axes.begin(), p.geometry.axes.begin() + p.geometry.rank, predicate);
}

template <class Predicate>
bool every_operand(Predicate predicate) {
  return std::all_of(roles.begin(), roles.end(), predicate);
}

// A fusion plan is one kernel, of which nothing is known. What it refuses is done in three steps, which in f32 round
// no more than one; its fast functions are accurate to 16 bits.
bool fuses(const ConvProblem& p) {
  const Epilogue& e = p.epilogue;
  const bool simple =
      e.activation == Activation::none || e.activation == Activation::relu || e.activation == Activation::relu6;
  if (e.empty()) return true;
  if (e.add || p.pass == Pass::WeightGrad) return false;
  if (p.x.dtype == DType::f32) return simple;
  const bool fast = e.activation == Activation::sigmoid || e.activation == Activation::tanh;
  return p.pass == Pass::Forward && p.numerics.transforms && (simple || fast);
}

DataType type_of(DType dtype) noexcept {
  return dtype == DType::f32 ? DataType::f32 : dtype == DType::f16 ? DataType::f16 : DataType::bf16;
}

// N, C over all groups, spatial; w: K over all groups, C per group, filter. 1-D: of height 1.
Dims sizes_of(const Geometry& g, Role role) {
  const Dims e = extents_of(g, role);
  Dims sizes = role == Role::w ? Dims{e[0] * e[1], e[2]} : Dims{e[0], e[1] * e[2]};
  if (g.rank == 1) sizes.push_back(1);
  for (int i = 3; i < e.size(); ++i) sizes.push_back(e[i]);
  return sizes;
}

std::array<int, max_rank> ints_of(const Dims& dims) {
  std::array<int, max_rank> ints{};
  std::transform(dims.begin(), dims.end(), ints.begin(), [](std::int64_t i) { return static_cast<int>(i); });
  return ints;
}

Owned tensor(DType dtype, const Dims& sizes, MemoryFormat format) {
  Owned made = make_owned("miopenCreateTensorDescriptor", miopen().destroy_tensor, miopen().create_tensor);
  check(miopen().set_tensor(made.get(), type_of(dtype), sizes.size(), ints_of(sizes).data(),
                            ints_of(dense_strides(sizes, format)).data()),
        "miopenSetTensorDescriptor");
  return made;
}

Owned convolution_of(const ConvProblem& p) {
  Dims pads, strides, dilations;
  for (int i = p.geometry.rank == 1 ? -1 : 0; i < p.geometry.rank; ++i) {
    const Axis axis = i < 0 ? Axis{} : p.geometry.axes[static_cast<std::size_t>(i)];
    pads.push_back(axis.pad);
    strides.push_back(step_of(axis));
    dilations.push_back(axis.dilation);
  }
  Owned made =
      make_owned("miopenCreateConvolutionDescriptor", miopen().destroy_convolution, miopen().create_convolution);
  check(miopen().set_convolution(made.get(), pads.size(), ints_of(pads).data(), ints_of(strides).data(),
                                 ints_of(dilations).data(), 0),
        "miopenInitConvolutionNdDescriptor");
  check(miopen().set_groups(made.get(), static_cast<int>(p.geometry.groups)), "miopenSetConvolutionGroupCount");
  if (p.numerics.deterministic)
    check(miopen().set_attribute(made.get(), Attribute::deterministic, 1), "the attribute for determinism");
  // Some chips would round f16 to bf16, which is more than the tolerance. Old versions do not know it.
  if (p.x.dtype == DType::f16) miopen().set_attribute(made.get(), Attribute::fp16_as_bf16, 0);
  return made;
}

MemoryFormat format_of(const ConvProblem& p) {
  return layout_of(p).contiguous ? MemoryFormat::contiguous : MemoryFormat::channels_last;
}

}  // namespace

Verdict accepts(const ConvProblem& p) {
  const DType type = p.x.dtype;
  Verdict verdict;
  verdict.need(type == DType::f32 || is_half(type), "f32, f16 and bf16 only")
      .need(every_operand([&](Role role) { return p.operand(role).dtype == type; }), "one type for all operands")
      .need(accumulator_of(p) == DType::f32, "sums in f32")
      .need(!p.accumulate, "MIOpen overwrites its result")
      .need(!p.numerics.batch_invariant, "MIOpen's choice of a kernel depends on the batch size")
      .need(every_operand([&](Role role) { return p.operand(role).alignment >= size_of(type); }),
            "operands aligned to their type")
      .need(every_operand([&](Role role) { return numel_of(p.geometry, role) > 0; }), "there is nothing to compute");
  if (!verdict) return verdict;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const DenseLayout layout = layout_of(p);
  return verdict
      .need(layout.contiguous || layout.channels_last, "dense operands of one format, contiguous or channels last")
      .need(every_operand([&](Role role) { return numel_of(p.geometry, role) <= most; }),
            "operands of at most 2^31 - 1 elements")
      .need(every_axis(p,
                       [](const Axis& a) {
                         return std::max({a.stride, a.dilation, a.in + 2 * std::abs(a.pad)}) <= most;
                       }),
            "strides, dilations and padded extents of at most 2^31 - 1")
      .need(every_axis(p, pads_alike), "the same padding at both ends: MIOpen has one number for both")
      .need(p.geometry.groups == 1 || every_axis(p, [](const Axis& axis) { return axis.dilation == 1; }),
            "groups and dilation at once: MIOpen has no kernels for both")
      .need(fuses(p), "fuses a bias, relu and relu6; in 16 bits sigmoid and tanh, too, and into forward only");
}

bool allows(const ConvProblem& p, Algorithm algorithm) noexcept {
  if (algorithm != Algorithm::fft && algorithm != Algorithm::winograd) return true;
  return p.numerics.transforms && p.x.dtype == DType::f32;  // 16-bit ones round what they transformed
}

bool may_transform(const ConvProblem& p) noexcept {
  return p.numerics.transforms && (p.x.dtype == DType::f32 || !p.epilogue.empty());
}

Convolution::Convolution(const ConvProblem& p)
    : x(tensor(p.x.dtype, sizes_of(p.geometry, Role::x), format_of(p))),
      w(tensor(p.x.dtype, sizes_of(p.geometry, Role::w), format_of(p))),
      y(tensor(p.x.dtype, sizes_of(p.geometry, Role::y), format_of(p))),
      convolution(convolution_of(p)),
      pass(p.pass) {
  if (!p.epilogue.bias) return;
  Dims sizes = Dims::filled(std::max(p.geometry.rank, 2) + 2, 1);
  sizes[1] = total_channels(p.geometry, written_role(p.pass));
  bias = tensor(p.x.dtype, sizes, format_of(p));
}

Arguments arguments_of(const Convolution& c) {
  if (c.pass == Pass::Forward) return {c.x.get(), c.w.get(), c.y.get()};
  if (c.pass == Pass::DataGrad) return {c.y.get(), c.w.get(), c.x.get()};
  return {c.y.get(), c.x.get(), c.w.get()};
}

Arguments solution_arguments_of(const Convolution& c) {
  Arguments arguments = arguments_of(c);
  if (c.pass == Pass::Forward) std::swap(arguments.a, arguments.b);
  return arguments;
}

Pointers pointers_of(Pass pass, const Operands& o) {
  if (pass == Pass::Forward) return {o.x, o.w, o.y};
  if (pass == Pass::DataGrad) return {o.y, o.w, o.x};
  return {o.y, o.x, o.w};
}

Pointers solution_pointers_of(Pass pass, const Operands& o) {
  Pointers pointers = pointers_of(pass, o);
  if (pass == Pass::Forward) std::swap(pointers.a, pointers.b);
  return pointers;
}

}  // namespace faltung::hip_miopen

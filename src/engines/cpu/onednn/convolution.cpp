#include "engines/cpu/onednn/convolution.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "faltung/error.h"
#include "problem/geometry.h"
#include "problem/nested_shape.h"

namespace faltung::cpu_onednn {
namespace {

constexpr std::int64_t most_elements = std::numeric_limits<std::int32_t>::max();  // its kernels count in 32 bits

DataType type_of(DType dtype) noexcept {
  return dtype == DType::f32    ? DataType::f32
         : dtype == DType::f16  ? DataType::f16
         : dtype == DType::bf16 ? DataType::bf16
         : dtype == DType::i8   ? DataType::s8
         : dtype == DType::u8   ? DataType::u8
                                : DataType::undefined;
}

bool has_instructions_for(DType dtype, const DeviceInfo& device) {
  if (dtype == DType::bf16) return device.has("avx512f");
  if (dtype == DType::f16) return device.has("avx512_fp16") || device.has("amx_fp16");
  return dtype == DType::f32;
}

bool every_axis(const ConvProblem& p, bool (*holds)(const Axis&)) {
  return std::all_of(p.geometry.axes.begin(), p.geometry.axes.begin() + p.geometry.rank, holds);
}

// Both channels last where that is possible: the library's best kernels are for it.
std::optional<MemoryFormat> order_of_images(const ConvProblem& p) {
  const DenseLayout layout = layout_of(p, {Role::x, Role::y});
  if (layout.channels_last) return MemoryFormat::channels_last;
  return layout.contiguous ? std::optional(MemoryFormat::contiguous) : std::nullopt;
}

std::optional<TensorShape> shape_of(const ConvProblem& p, Role role) {
  if (role != Role::w) return shape_in_order(p, role, order_of_images(p).value());
  const auto last = shape_in_order(p, role, MemoryFormat::channels_last);
  return last ? last : shape_in_order(p, role, MemoryFormat::contiguous);
}

// K over all groups becomes two extents, if there are groups.
TensorShape with_groups(const TensorShape& joined, std::int64_t groups) {
  if (groups == 1) return joined;
  TensorShape shape{{groups, joined.extents[0] / groups},
                    {joined.strides[0] * (joined.extents[0] / groups), joined.strides[0]}};
  for (int i = 1; i < joined.extents.size(); ++i) {
    shape.extents.push_back(joined.extents[i]);
    shape.strides.push_back(joined.strides[i]);
  }
  return shape;
}

void exchange(TensorShape& shape, int one, int other) {
  std::swap(shape.extents[one], shape.extents[other]);
  std::swap(shape.strides[one], shape.strides[other]);
}

struct Array {
  DimsArray numbers{};
  explicit Array(const Dims& dims) { std::copy(dims.begin(), dims.end(), numbers); }
};

TensorShape full_shape(const ConvProblem& p, Role role) {
  const TensorShape joined = shape_of(p, role).value();
  if (role != Role::w) return joined;
  TensorShape shape = with_groups(joined, p.geometry.groups);
  const int channels = p.geometry.groups == 1 ? 0 : 1;
  if (is_deconvolution(p)) exchange(shape, channels, channels + 1);
  return shape;
}

MemoryDesc described(const TensorShape& shape, DType dtype) {
  const Array extents(shape.extents), strides(shape.strides);
  return made<MemoryDesc>("describe an operand", [&](auto** to) {
    return dnnl().memory_desc_create_with_strides(to, shape.extents.size(), extents.numbers, type_of(dtype),
                                                  strides.numbers);
  });
}

// Of an operand that is described, or else of one in whatever format.
class Described {
 public:
  Described(const ConvProblem& p, Role role, const MemoryDescObject* given) : given_(given) {
    if (given) return;
    const TensorShape shape = full_shape(p, role);
    const Array extents(shape.extents);
    made_ = made<MemoryDesc>("describe an operand", [&](auto** to) {
      return dnnl().memory_desc_create_with_tag(to, shape.extents.size(), extents.numbers,
                                                type_of(p.operand(role).dtype), FormatTag::any);
    });
  }
  const MemoryDescObject* get() const { return given_ ? given_ : made_.get(); }

 private:
  const MemoryDescObject* given_;
  MemoryDesc made_;
};

// Of the spatial axes; one of extent 1 stands in front of a single one. Dilations count from 0.
struct Window {
  DimsArray strides{}, dilations{}, low{}, high{};

  explicit Window(const Geometry& g) {
    int at = 0;
    if (g.rank == 1) strides[at++] = 1;
    for (int a = 0; a < g.rank; ++a, ++at) {
      const Axis& axis = g.axes[static_cast<std::size_t>(a)];
      strides[at] = axis.stride;
      dilations[at] = axis.dilation - 1;
      low[at] = axis.pad;
      high[at] = std::max<std::int64_t>(axis.high_pad(), 0);  // less than a stride of x may be left over
    }
  }
};

void append(PostOpsObject* post_ops, Activation activation) {
  const auto add = [&](Algorithm algorithm, float alpha, float beta) {
    check(dnnl().post_ops_append_eltwise(post_ops, algorithm, alpha, beta), "add an activation");
  };
  if (activation == Activation::relu) add(Algorithm::relu, 0, 0);
  if (activation == Activation::tanh) add(Algorithm::tanh, 0, 0);
  if (activation == Activation::silu) add(Algorithm::swish, 1, 0);
}

// Scales of the weights are those of the results; the library divides by none.
void set_quantization(const ConvProblem& p, AttrObject* attr) {
  const int channels = p.geometry.groups == 1 ? 1 : 3;  // of w: K, or G and K
  check(dnnl().primitive_attr_set_scales_mask(attr, Argument::weights, channels), "ask for scales");
  check(dnnl().primitive_attr_set_zero_points_mask(attr, Argument::src, 0), "ask for a zero point");
  if (p.y.dtype != DType::f32)
    check(dnnl().primitive_attr_set_zero_points_mask(attr, Argument::dst, 0), "ask for a zero point");
}

Attr attributes_of(const ConvProblem& p) {
  Attr attr = made<Attr>("make attributes", [](auto** to) { return dnnl().primitive_attr_create(to); });
  check(dnnl().primitive_attr_set_scratchpad_mode(attr.get(), ScratchpadMode::user), "ask for scratch memory of ours");
  // Whatever the environment says.
  check(dnnl().primitive_attr_set_fpmath_mode(attr.get(), FpmathMode::strict), "ask for strict arithmetic");
  if (p.epilogue.quantized) set_quantization(p, attr.get());
  if (!p.accumulate && p.epilogue.activation == Activation::none) return attr;
  const PostOps post_ops = made<PostOps>("make an epilogue", [](auto** to) { return dnnl().post_ops_create(to); });
  if (p.accumulate) check(dnnl().post_ops_append_sum(post_ops.get(), 1, 0, DataType::undefined), "add to the result");
  append(post_ops.get(), p.epilogue.activation);
  check(dnnl().primitive_attr_set_post_ops(attr.get(), post_ops.get()), "set the epilogue");
  return attr;
}

}  // namespace

namespace {

// Its deconvolution with strides applies an epilogue to each of the blocks in which it sums over many channels (3.2).
bool is_strided_gradient(const ConvProblem& p) {
  return p.pass == Pass::DataGrad && !every_axis(p, [](const Axis& axis) { return axis.stride == 1; });
}

}  // namespace

ConvProblem part_of_library(const ConvProblem& p) {
  ConvProblem part = p;
  if (p.epilogue.quantized) return part;
  const Activation activation = p.epilogue.activation;
  const bool fuses = activation == Activation::tanh || activation == Activation::silu;
  if (p.epilogue.add || !fuses) part.epilogue.activation = Activation::none;
  part.epilogue.add = false;
  if (is_strided_gradient(p)) part.epilogue = {};
  return part;
}

std::optional<ConvProblem> rest_of(const ConvProblem& p) {
  const Epilogue part = part_of_library(p).epilogue;
  if (part == p.epilogue) return std::nullopt;
  ConvProblem rest = p;
  if (part.bias) rest.epilogue.bias = false;
  if (part.activation != Activation::none) rest.epilogue.activation = Activation::none;
  return rest;
}

namespace {

// Clamping commutes with rounding, nothing else does.
bool rounds_once(const ConvProblem& p) {
  const std::optional<ConvProblem> rest = rest_of(p);
  if (!rest || p.written().dtype == DType::f32) return true;
  const Activation last = rest->epilogue.activation;
  return !rest->epilogue.add && !rest->epilogue.bias && (last == Activation::relu || last == Activation::relu6);
}

}  // namespace

bool is_deconvolution(const ConvProblem& p) noexcept {
  return p.pass == Pass::DataGrad && (p.accumulate || !p.epilogue.empty());
}

namespace {

Verdict accepts_types(const ConvProblem& p, const DeviceInfo& device) {
  const DType type = p.pass == Pass::Forward ? p.w.dtype : p.y.dtype;
  const bool is_f32 = p.x.dtype == DType::f32 && p.w.dtype == DType::f32 && p.y.dtype == DType::f32;
  return Verdict()
      .need(p.x.dtype == type && p.w.dtype == type && p.y.dtype == type, "one type only")
      .need(is_f32 || type == DType::bf16 || type == DType::f16, "f32, bf16 or f16")
      .need(has_instructions_for(type, device), "the processor has no instructions for this type")
      .need(accumulator_of(p) == DType::f32, "sums in f32 only");
}

// Without these instructions it adds products of bytes in 16 bits, which saturate.
Verdict accepts_quantization(const ConvProblem& p, const DeviceInfo& device) {
  return Verdict()
      .need(device.has("avx512_vnni"), "the processor has no instructions for sums of products of bytes")
      .need(!p.epilogue.weight_zeros, "w has no zero points")
      .need(p.y.dtype != DType::i32, "its sums of 32 bits are rounded to f32");
}

}  // namespace

Verdict accepts(const ConvProblem& p, const DeviceInfo& device) {
  return (p.epilogue.quantized ? accepts_quantization(p, device) : accepts_types(p, device))
      .need(has_terms(p), "no sum has a term")
      .need(!p.x.conjugate && !p.w.conjugate && !p.y.conjugate, "nothing is conjugated")
      .need(order_of_images(p).has_value(), "x and y dense, both contiguous or both channels last")
      .need(order_of_images(p).has_value() && shape_of(p, Role::w).has_value(), "w contiguous or channels last")
      .need(every_axis(p, [](const Axis& axis) { return axis.pad >= 0; }), "nothing is cropped at the low end")
      .need(every_axis(p, [](const Axis& axis) { return axis.high_pad() + axis.stride > 0; }),
            "less than a stride of x is left over")
      .need(numel_of(p.geometry, Role::x) <= most_elements && numel_of(p.geometry, Role::w) <= most_elements &&
                numel_of(p.geometry, Role::y) <= most_elements,
            "at most 2^31 - 1 elements")
      .need(rounds_once(p), "it cannot fuse this epilogue, and a 16-bit result would be rounded twice")
      .need(!p.accumulate || (p.epilogue.empty() && p.pass != Pass::WeightGrad && !is_strided_gradient(p)),
            "accumulates plain sums of Forward, and of DataGrad without strides")
      .need(!device.threads_are_lent || device.threads == 1, "its threads are OpenMP's, not an application's")
      .need(!p.numerics.batch_invariant, "its sums may depend on the batch")
      .need(!p.numerics.deterministic || device.threads == 1,
            "its sums may depend on the threads: deterministic on one");
}

MemoryDesc description(const ConvProblem& p, Role role) {
  return described(full_shape(p, role), p.operand(role).dtype);
}

MemoryDesc description_of_bias(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const std::int64_t channels = g.groups * (p.pass == Pass::Forward ? g.out_channels : g.in_channels);
  return described({{channels}, {1}}, p.epilogue.quantized ? DType::f32 : p.written().dtype);
}

MemoryDesc description_of_scales(const ConvProblem& p) {
  return described({{total_channels(p.geometry, Role::y)}, {1}}, DType::f32);
}

MemoryDesc description_of_zero_point() {
  const Array one({1});
  return made<MemoryDesc>("describe a zero point", [&](auto** to) {
    return dnnl().memory_desc_create_with_strides(to, 1, one.numbers, DataType::s32, one.numbers);
  });
}

Argument argument_of(const ConvProblem& p, Role role) noexcept {
  if (role == Role::w) return p.pass == Pass::WeightGrad ? Argument::diff_weights : Argument::weights;
  const bool is_source = (role == Role::x) != is_deconvolution(p);
  if (p.pass == Pass::Forward || is_deconvolution(p)) return is_source ? Argument::src : Argument::dst;
  if (p.pass == Pass::WeightGrad) return is_source ? Argument::src : Argument::diff_dst;
  return is_source ? Argument::diff_src : Argument::diff_dst;
}

const char* name_of(const PrimitiveDesc& implementation) {
  const char* name = nullptr;
  check(dnnl().primitive_desc_query(implementation.get(), Query::impl_info_str, 0, &name), "ask for its name");
  return name ? name : "";
}

namespace {

PrimitiveDesc forward_of(const ConvProblem& p, const Described& x, const Described& w, const Described& y,
                         const Window& v, const Attr& attr) {
  const bool transposed = is_deconvolution(p);
  const auto create = transposed ? dnnl().deconvolution_forward_primitive_desc_create
                                 : dnnl().convolution_forward_primitive_desc_create;
  const Algorithm direct = transposed ? Algorithm::deconvolution_direct : Algorithm::convolution_direct;
  const MemoryDesc bias = p.epilogue.bias ? description_of_bias(p) : nullptr;
  const Described &source = transposed ? y : x, &destination = transposed ? x : y;
  return made<PrimitiveDesc>("plan a convolution", [&](auto** to) {
    return create(to, opened().cpu, PropKind::forward_inference, direct, source.get(), w.get(), bias.get(),
                  destination.get(), v.strides, v.dilations, v.low, v.high, attr.get());
  });
}

// Implementations of gradients begin with that of the convolution.
PrimitiveDesc gradient_of(const ConvProblem& p, const Described& x, const Described& w, const Described& y,
                          const Window& v, const Attr& attr) {
  const Functions& f = dnnl();
  const Algorithm direct = Algorithm::convolution_direct;
  const PrimitiveDesc hint = made<PrimitiveDesc>("plan a gradient's convolution", [&](auto** to) {
    return f.convolution_forward_primitive_desc_create(to, opened().cpu, PropKind::forward_inference, direct, x.get(),
                                                       w.get(), nullptr, y.get(), v.strides, v.dilations, v.low, v.high,
                                                       nullptr);
  });
  return made<PrimitiveDesc>("plan a gradient", [&](auto** to) {
    if (p.pass == Pass::DataGrad)
      return f.convolution_backward_data_primitive_desc_create(to, opened().cpu, direct, x.get(), w.get(), y.get(),
                                                               v.strides, v.dilations, v.low, v.high, hint.get(),
                                                               attr.get());
    return f.convolution_backward_weights_primitive_desc_create(to, opened().cpu, direct, x.get(), w.get(), nullptr,
                                                                y.get(), v.strides, v.dilations, v.low, v.high,
                                                                hint.get(), attr.get());
  });
}

}  // namespace

PrimitiveDesc implementation_of(const ConvProblem& p, const Descriptions& descriptions) {
  const Described x(p, Role::x, descriptions.x), w(p, Role::w, descriptions.w), y(p, Role::y, descriptions.y);
  const Window window(p.geometry);
  const Attr attr = attributes_of(p);
  const bool forward = p.pass == Pass::Forward || is_deconvolution(p);
  PrimitiveDesc found = forward ? forward_of(p, x, w, y, window, attr) : gradient_of(p, x, w, y, window, attr);
  if (std::string_view(name_of(found)).find("ref") != std::string_view::npos)
    throw Error(ErrorCode::Unsupported, "oneDNN has nothing but its reference implementation");
  return found;
}

}  // namespace faltung::cpu_onednn

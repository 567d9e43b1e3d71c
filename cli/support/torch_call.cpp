#include "support/torch_call.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace faltung::cli {
namespace {

// PyTorch's shapes: channels are totals over the groups.
Dims shape(const Geometry& geometry, Role role) {
  const Dims extents = extents_of(geometry, role);
  Dims out = role == Role::w ? Dims{extents[0] * extents[1], extents[2]} : Dims{extents[0], extents[1] * extents[2]};
  for (int axis = 3; axis < extents.size(); ++axis) out.push_back(extents[axis]);
  return out;
}

template <class Value>
Dims per_axis(const Geometry& geometry, Value value) {
  Dims out;
  for (int i = 0; i < geometry.rank; ++i) out.push_back(value(geometry.axes[static_cast<std::size_t>(i)]));
  return out;
}

std::int64_t span_of(const Axis& axis) { return axis.dilation * (axis.filter - 1) + 1; }

bool even_conv(const Axis& axis) {
  const std::int64_t room = axis.in + 2 * axis.pad - span_of(axis);
  return axis.pad >= 0 && room >= 0 && room / axis.stride + 1 == axis.out;
}

// What an output_padding would have to be.
std::int64_t extra(const Axis& axis) { return axis.in - ((axis.out - 1) * axis.stride - 2 * axis.pad + span_of(axis)); }

bool even_transposed(const Axis& axis) {
  return axis.pad >= 0 && extra(axis) >= 0 && extra(axis) < std::max(axis.stride, axis.dilation);
}

bool all(const Geometry& geometry, bool (*test)(const Axis&)) {
  return std::all_of(geometry.axes.begin(), geometry.axes.begin() + geometry.rank, test);
}

bool channels_last(const ConvProblem& problem, Role role) {
  return layout_of(problem, role).nearest() == MemoryFormat::channels_last;
}

std::string tuple(const Dims& dims) { return fmt::format("({},)", fmt::join(dims, ", ")); }

std::string dtype(DType type) {
  switch (type) {
    case DType::f32:
      return "torch.float32";
    case DType::f64:
      return "torch.float64";
    case DType::f16:
      return "torch.float16";
    case DType::bf16:
      return "torch.bfloat16";
    case DType::cf32:
      return "torch.complex64";
    case DType::cf64:
      return "torch.complex128";
    case DType::i8:
      return "torch.int8";
    case DType::i32:
      return "torch.int32";
    case DType::i64:
      return "torch.int64";
    case DType::boolean:
      return "torch.bool";
    case DType::u8:
      return "torch.uint8";
  }
  return "";
}

// F.pad takes (low, high) pairs, innermost axis first.
template <class Pair>
std::string pad(const Geometry& geometry, const std::string& what, Pair pair, std::string_view more = "") {
  std::vector<std::int64_t> amounts;
  for (int i = geometry.rank; i-- > 0;) {
    const auto [low, high] = pair(geometry.axes[static_cast<std::size_t>(i)]);
    amounts.insert(amounts.end(), {low, high});
  }
  return fmt::format("F.pad({}, ({}){})", what, fmt::join(amounts, ", "), more);
}

std::string make(const ConvProblem& problem, Role role, const char* name, const std::string& device) {
  const Operand& operand = problem.operand(role);
  const std::string shape_text = tuple(shape(problem.geometry, role));
  std::string text = is_integer(operand.dtype) ? fmt::format("{} = torch.randint(-8, 8, {}, dtype={}, device='{}')",
                                                             name, shape_text, dtype(operand.dtype), device)
                                               : fmt::format("{} = torch.randn({}, dtype={}, device='{}')", name,
                                                             shape_text, dtype(operand.dtype), device);
  if (channels_last(problem, role) && problem.geometry.rank > 1) {
    text += fmt::format(".to(memory_format=torch.channels_last{})", problem.geometry.rank == 3 ? "_3d" : "");
  }
  if (operand.conjugate) text += fmt::format("\n{0} = {0}.conj()", name);
  return text + "\n";
}

std::string parameters(const Geometry& geometry, bool even) {
  return fmt::format("stride={}, padding={}, dilation={}, groups={}",
                     tuple(per_axis(geometry, [](const Axis& a) { return a.stride; })),
                     even ? tuple(per_axis(geometry, [](const Axis& a) { return a.pad; })) : "0",
                     tuple(per_axis(geometry, [](const Axis& a) { return a.dilation; })), geometry.groups);
}

// Padding that only F.pad can do comes first.
bool pads_first(const ConvProblem& problem) {
  return problem.padding_mode != Border::zeros || !all(problem.geometry, even_conv);
}

std::string padded_x(const ConvProblem& problem) {
  if (!pads_first(problem)) return "x";
  const bool zeros = problem.padding_mode == Border::zeros;
  return pad(
      problem.geometry, "x", [](const Axis& a) { return std::pair(a.pad, a.high_pad()); },
      zeros ? "" : fmt::format(", mode='{}'", name_of(problem.padding_mode)));
}

std::string conv(const ConvProblem& problem, const std::string& bias) {
  const Geometry& g = problem.geometry;
  return fmt::format("F.conv{}d({}, w{}, {})", g.rank, padded_x(problem), bias, parameters(g, !pads_first(problem)));
}

std::string forward(const ConvProblem& problem, const std::string& bias) { return "y = " + conv(problem, bias) + "\n"; }

// Of what is padded with more than zeros.
std::string vector_jacobian_product(const ConvProblem& problem) {
  std::string text = fmt::format("x = torch.autograd.functional.vjp(lambda x: {}, torch.zeros({}).to(w), y)[1]\n",
                                 conv(problem, ""), tuple(shape(problem.geometry, Role::x)));
  if (!problem.epilogue.bias) return text;
  const Dims ones = Dims::filled(problem.geometry.rank, 1);
  text += fmt::format("x = x + bias.reshape(-1, {})\n", fmt::join(ones, ", "));
  return text;
}

std::string data_grad(const ConvProblem& problem, const std::string& bias) {
  if (problem.padding_mode != Border::zeros) return vector_jacobian_product(problem);
  const Geometry& g = problem.geometry;
  const std::string call =
      fmt::format("F.conv_transpose{}d(y, w{}, {}", g.rank, bias, parameters(g, all(g, even_transposed)));
  if (all(g, even_transposed)) return fmt::format("x = {}, output_padding={})\n", call, tuple(per_axis(g, extra)));
  return "x = " +
         pad(g, call + ")",
             [](const Axis& a) { return std::pair(-a.pad, a.in + a.pad - ((a.out - 1) * a.stride + span_of(a))); }) +
         "\n";
}

std::string weight_grad(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  return fmt::format("w = torch.nn.grad.conv{}d_weight({}, {}, y, {})\n", g.rank, padded_x(problem),
                     tuple(shape(g, Role::w)), parameters(g, !pads_first(problem)));
}

std::string operands(const ConvProblem& problem, const std::string& device) {
  std::string text;
  if (problem.pass != Pass::DataGrad) text += make(problem, Role::x, "x", device);
  if (problem.pass != Pass::WeightGrad) text += make(problem, Role::w, "w", device);
  if (problem.pass != Pass::Forward) text += make(problem, Role::y, "y", device);
  if (problem.epilogue.bias) {
    const std::int64_t channels = shape(problem.geometry, written_role(problem.pass))[1];
    text += fmt::format("bias = torch.randn({}, dtype={}, device='{}')\n", channels, dtype(problem.x.dtype), device);
  }
  if (problem.epilogue.add) text += make(problem, written_role(problem.pass), "z", device);
  return text;
}

std::string epilogue(const ConvProblem& problem) {
  const char* out = problem.pass == Pass::Forward ? "y" : "x";
  std::string text;
  if (problem.epilogue.add) text += fmt::format("{0} = {0} + z\n", out);
  if (problem.epilogue.activation != Activation::none) {
    text += fmt::format("{0} = F.{1}({0})\n", out, name_of(problem.epilogue.activation));
  }
  return text;
}

Dims plus(Dims dims, const Dims& padding) {
  for (int i = 0; i < padding.size(); ++i) dims[2 + i] += padding[i];
  return dims;
}

void set_padding(TorchCall& call, const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  if (call.transposed ? all(g, even_transposed) : !pads_first(problem)) {
    call.padding = per_axis(g, [](const Axis& a) { return a.pad; });
    if (call.transposed) call.output_padding = per_axis(g, extra);
  } else if (!call.transposed) {  // F.pad comes first
    call.input = plus(call.input, per_axis(g, [](const Axis& a) { return a.pad + a.high_pad(); }));
  }
}

}  // namespace

std::string torch_snippet(const ConvProblem& problem, const std::string& device) {
  const std::string bias = problem.epilogue.bias ? ", bias" : "";
  std::string text = "import torch\nimport torch.nn.functional as F\n" + operands(problem, device);
  switch (problem.pass) {
    case Pass::Forward:
      text += forward(problem, bias);
      break;
    case Pass::DataGrad:
      text += data_grad(problem, bias);
      break;
    case Pass::WeightGrad:
      text += weight_grad(problem);
      break;
  }
  return text + epilogue(problem);
}

TorchCall torch_call(const ConvProblem& problem, const std::string& device, bool transposed) {
  const Geometry& g = problem.geometry;
  TorchCall call;
  call.device = device;
  call.dtype = problem.x.dtype;
  call.transposed = transposed;
  call.needs_grad = problem.pass != Pass::Forward && !transposed;
  call.input = shape(g, transposed ? Role::y : Role::x);
  call.weight = shape(g, Role::w);
  if (problem.epilogue.bias) call.bias = Dims{shape(g, transposed ? Role::x : Role::y)[1]};
  call.stride = per_axis(g, [](const Axis& a) { return a.stride; });
  call.dilation = per_axis(g, [](const Axis& a) { return a.dilation; });
  call.groups = g.groups;
  call.input_channels_last = g.rank > 1 && channels_last(problem, transposed ? Role::y : Role::x);
  call.weight_channels_last = g.rank > 1 && channels_last(problem, Role::w);
  set_padding(call, problem);
  return call;
}

}  // namespace faltung::cli

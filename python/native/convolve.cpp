#include "convolve.h"

#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "arrays/results.h"
#include "faltung/conv_gradients.h"
#include "known_calls.h"

namespace faltung::python {
namespace {

struct Forward {
  ArrayArgument input, weight, bias, z, out;
  Activation activation = Activation::none;
  double alpha = 1.0;
  ConvOptions options;
  std::optional<MappedAxes> axes;

  bool is_fused() const { return z.view.defined || activation != Activation::none || alpha != 1.0; }
};

// The functions by kind and rank; rank 0 is any.
constexpr auto functions = std::to_array<std::array<decltype(&conv2d), 4>>(
    {{convolution, conv1d, conv2d, conv3d}, {convolution, conv_transpose1d, conv_transpose2d, conv_transpose3d}});
constexpr auto out_functions = std::to_array<std::array<decltype(&conv2d_out), 4>>(
    {{convolution_out, conv1d_out, conv2d_out, conv3d_out},
     {convolution_out, conv_transpose1d_out, conv_transpose2d_out, conv_transpose3d_out}});

// The functions with a rank in their name check it themselves.
void check_rank(const Forward& f, int rank) {
  if (f.is_fused() && rank != 0 && f.weight.view.rank() != rank + 2)
    refuse("weight has {} axes; a convolution over {} axes needs {}", f.weight.view.rank(), rank, rank + 2);
}

Tensor compute_anew(const Forward& f, int rank, Context& context) {
  if (f.axes) return vmap_convolution(f.input.view, f.weight.view, f.bias.view, *f.axes, f.options, context);
  if (!f.is_fused())
    return functions[f.options.transposed][rank](f.input.view, f.weight.view, f.bias.view, f.options, context);
  const Fusion fusion{f.z.view, f.alpha, f.activation};
  return convolution_fused(f.input.view, f.weight.view, f.bias.view, fusion, f.options, context);
}

std::optional<CallKey> known_key(const Forward& f, int rank) {
  if (f.axes || f.is_fused()) return std::nullopt;
  return key_of(f.input.view, f.weight.view, f.bias.view, f.options, rank);
}

void run(const KnownCall& known, const Forward& f, const TensorView& result) {
  Operands operands{.x = f.input.view.data, .w = f.weight.view.data, .y = result.data, .bias = f.bias.view.data};
  if (f.options.transposed) std::swap(operands.x, operands.y);
  known.compiled.run(operands, Stream{result.device, f.options.stream});
}

// Runs the call as an earlier one was, into `result` if it fits, else into new memory. Nothing if it is not known, or
// fails: for want of memory, for instance. A call of its own does, or says, what there is to.
std::optional<Tensor> run_known(const CallKey& key, const Forward& f) try {
  const std::optional<KnownCall> known = find_known(key);
  if (!known) return std::nullopt;
  const TensorView& out = f.out.view;
  if (out.defined && !known->writes(out)) return std::nullopt;
  Tensor result = out.defined ? Tensor::borrow(out, nullptr) : known->make_result(f.options.stream);
  run(*known, f, result);
  return result;
} catch (const std::exception&) {
  return std::nullopt;
}

// How the call was done just now, if that is all there is to it.
std::optional<KnownCall> known_call(const Forward& f, const Tensor& result, Context& context) {
  const MemoryFormat format = result.is_contiguous() ? MemoryFormat::contiguous : MemoryFormat::channels_last;
  if (f.input.view.numel() == 0 || result.numel() == 0 || f.input.view.rank() != f.weight.view.rank()) return {};
  const ConvProblem problem = convolution_problem(f.input.view, f.weight.view, f.bias.view, f.options);
  return KnownCall{compile(problem, f.options.policy, context), result.sizes, result.dtype, format, result.device};
}

Tensor compute(const Forward& f, int rank, Context& context) {
  const std::optional<CallKey> key = known_key(f, rank);
  if (!key) return compute_anew(f, rank, context);
  if (std::optional<Tensor> result = run_known(*key, f)) return *std::move(result);
  const std::uint64_t generation = known_generation();
  Tensor result = compute_anew(f, rank, context);
  if (const auto known = known_call(f, result, context)) keep_known(*key, *known, generation);
  return result;
}

void compute_out(const Forward& f, int rank, Context& context) {
  if (const std::optional<CallKey> key = known_key(f, rank); key && run_known(*key, f)) return;
  const auto& [input, weight, bias, z, out, activation, alpha, options, axes] = f;
  if (axes) return vmap_convolution_out(out.view, input.view, weight.view, bias.view, *axes, options, context);
  if (!f.is_fused())
    return out_functions[options.transposed][rank](out.view, input.view, weight.view, bias.view, options, context);
  const Fusion fusion{z.view, alpha, activation};
  convolution_fused_out(out.view, input.view, weight.view, bias.view, fusion, options, context);
}

std::optional<MappedAxes> mapped_axes(const Forward& f, nb::handle in_dims) {
  if (!in_dims.is_valid() || in_dims.is_none()) return std::nullopt;
  if (f.is_fused()) refuse("in_dims is given with activation, z or alpha; mapped convolutions have none");
  const auto [input, weight, bias] = in_dims_from<3>(in_dims);
  return MappedAxes{.input = input, .weight = weight, .bias = bias};
}

void check_needs_no_graph(nb::handle array, const ArrayArgument& argument, const char* name) {
  if (!argument.kind || !argument.kind->is_conj.is_valid() || !nb::cast<bool>(array.attr("requires_grad"))) return;
  if (nb::cast<bool>(nb::module_::import_("torch").attr("is_grad_enabled")()))
    refuse(
        "{} requires a gradient, and faltung.functional records no graph: use faltung.torch, torch.no_grad() or "
        "detach()",
        name);
}

}  // namespace

nb::object convolve(const ForwardWords& words, int rank, bool checks_graph) {
  Forward f;
  f.input = read_array(words.input, "input");
  void* const stream = stream_of(f.input, words.stream);
  f.weight = read_array(words.weight, "weight", stream);
  f.bias = read_optional(words.bias, "bias", stream);
  f.z = read_optional(words.z, "z", stream);
  if (checks_graph) {
    check_needs_no_graph(words.input, f.input, "input");
    check_needs_no_graph(words.weight, f.weight, "weight");
    check_needs_no_graph(words.bias, f.bias, "bias");
  }
  f.activation = activation_from(words.activation);
  f.alpha = number_from(words.alpha, "alpha");
  f.options = options_from(words.words, stream);
  f.axes = mapped_axes(f, words.in_dims);
  check_rank(f, rank);
  Context& context = context_of(f.input.view.device);
  const ForgetIfMeasured after{f.options.policy.effort};
  if (words.out.is_none())
    return as_kind(without_lock([&] { return compute(f, rank, context); }), *f.input.kind, stream);
  f.out = read_out(words.out, "out", stream);
  without_lock([&] { compute_out(f, rank, context); });
  return nb::borrow(words.out);
}

}  // namespace faltung::python

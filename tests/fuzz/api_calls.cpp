// Calls of the convolutions and their gradients, of compile and bind, with arguments of any kind: a result, or an
// Error.
#include <algorithm>

#include "faltung/faltung.h"
#include "fuzz/hostile.h"

namespace {

using namespace faltung;
using namespace faltung::fuzz;

constexpr double much_work = 1e6, more_than_memory = 1e10;

PerAxis per_axis(Choices& choices, int rank, std::int64_t least) {
  const auto value = [&] { return choices.seldom() ? number(choices) : least + choices.between(0, 2); };
  if (choices.flag()) return PerAxis(value());
  Dims values;
  for (int axis = 0; axis < rank; ++axis) values.push_back(value());
  return PerAxis(std::span<const std::int64_t>(values.begin(), values.end()));
}

Padding padding(Choices& choices, int rank) {
  const int kind = choices.between(0, 3);
  if (kind == 0) return Padding(static_cast<PaddingMode>(choices.between(0, 5)));
  if (kind == 1) return Padding(number(choices));
  std::vector<Sides> sides;
  for (int axis = 0; axis < rank; ++axis) sides.emplace_back(choices.between(-1, 3), number(choices));
  return Padding(std::span<const Sides>(sides));
}

ConvOptions options_from(Choices& choices, int rank) {
  ConvOptions options;
  options.transposed = choices.between(0, 3) == 3;
  options.groups = choices.seldom() ? number(choices) : choices.between(1, 3);
  options.stride = per_axis(choices, rank, 1);
  options.dilation = per_axis(choices, rank, 1);
  options.padding = padding(choices, rank);
  if (choices.seldom()) options.output_padding = per_axis(choices, rank, 0);
  options.policy = policy(choices);
  if (choices.seldom()) options.numerics.accumulate = dtype(choices);
  options.numerics.batch_invariant = choices.seldom();
  options.numerics.large_tiles = choices.seldom();
  if (choices.seldom()) options.padding_mode = static_cast<Border>(choices.between(0, 5));
  return options;
}

// A call that means something, until its extents are disturbed.
struct Call {
  ConvOptions options;
  Dims input, weight, output{1};
  DType type;

  explicit Call(Choices& choices) : type(dtype(choices)) {
    const int rank = choices.between(1, 3);
    options = options_from(choices, rank);
    const std::int64_t groups = options.groups > 0 && options.groups < 9 ? options.groups : 1;
    const std::int64_t in = choices.between(1, 3), out = choices.between(1, 3);
    if (choices.flag()) input.push_back(number(choices));
    input.push_back(in * groups);
    weight = options.transposed ? Dims{in * groups, out} : Dims{out * groups, in};
    for (int axis = 0; axis < rank; ++axis) {
      input.push_back(choices.between(3, 9));
      weight.push_back(choices.between(1, 3));
    }
    input = disturbed(choices, input);
    weight = disturbed(choices, weight);
    try {
      output = convolution_sizes(input, weight, options);
    } catch (const Error&) {  // there is none
    }
  }

  std::int64_t channels() const {
    const int axis = output.size() - weight.size() + 1;
    return axis >= 0 && axis < output.size() ? output[axis] : 1;
  }
  // Neither small nor too large for the memory: it would take its time.
  bool is_long(double times) const {
    const double work = times * count_of(output) * count_of(weight);
    const double most = times * std::max({count_of(input), count_of(output), count_of(weight)});
    return most < more_than_memory && work > much_work;
  }
};

// The views of a call; those of a mapped call have an axis more in front.
struct CallViews {
  TensorView input, weight, bias, grad_output, gg_input, gg_weight, out;

  CallViews(Choices& choices, Views& views, const Call& call, std::int64_t mapped, bool any) {
    const auto view = [&](Dims sizes) {
      if (any && sizes.size() < max_rank && choices.flag()) sizes.insert(0, mapped);
      return views.make(choices, disturbed(choices, sizes), call.type);
    };
    input = view(call.input), gg_input = view(call.input);
    weight = view(call.weight), gg_weight = view(call.weight);
    bias = choices.flag() ? view({call.channels()}) : TensorView();
    grad_output = view(call.output), out = view(call.output);
  }
};

MappedAxes axes_from(Choices& choices) {
  const auto axis = [&] {
    return choices.flag() ? std::optional<int>(choices.seldom() ? choices.between(-9, 9) : 0) : std::nullopt;
  };
  return {axis(), axis(), axis(), axis(), axis(), axis(), axis()};
}

void run_call(Choices& choices) {
  const int function = choices.between(0, 10);
  const Call call(choices);
  Views views;
  const bool maps = function >= 8;
  const std::int64_t mapped = maps ? number(choices) : 1;
  const CallViews o(choices, views, call, mapped, maps);
  if (call.is_long(std::max(1.0, static_cast<double>(mapped)))) return;
  const GradientMask mask{choices.flag(), choices.flag(), choices.flag()};
  const DoubleGradientMask masks{choices.flag(), choices.flag(), choices.flag()};
  const Fusion fusion{o.grad_output, 0.5, static_cast<Activation>(choices.between(0, 6))};
  switch (function) {
    case 0:
      return void(convolution(o.input, o.weight, o.bias, call.options));
    case 1:
      return convolution_out(o.out, o.input, o.weight, o.bias, call.options);
    case 2:
      return void(convolution_fused(o.input, o.weight, o.bias, fusion, call.options));
    case 3:
      return convolution_fused_out(o.out, o.input, o.weight, o.bias, fusion, call.options);
    case 4:
      return void(conv2d(o.input, o.weight, o.bias, call.options));
    case 5:
      return void(convolution_backward(o.grad_output, o.input, o.weight, call.options, mask));
    case 6:
      return convolution_backward_out({o.gg_input, o.gg_weight, o.bias}, o.grad_output, o.input, o.weight,
                                      call.options);
    case 7:
      return void(convolution_double_backward(o.gg_input, o.gg_weight, o.bias, o.grad_output, o.input, o.weight,
                                              call.options, masks));
    case 8:
      return void(vmap_convolution(o.input, o.weight, o.bias, axes_from(choices), call.options));
    case 9:
      return void(vmap_convolution_backward(o.grad_output, o.input, o.weight, axes_from(choices), call.options, mask));
    default:
      return void(vmap_convolution_double_backward(o.gg_input, o.gg_weight, o.bias, o.grad_output, o.input, o.weight,
                                                   axes_from(choices), call.options, masks));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return run_hostile(data, size, run_call);
}

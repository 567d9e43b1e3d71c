// Convolutions of tensors that are divided among processes: for faltung.torch.distributed.
#include "arguments/call.h"
#include "arguments/parameters.h"
#include "arrays/results.h"
#include "bindings.h"
#include "faltung/conv_sharded.h"
#include "ranks/process_group.h"

namespace faltung::python {
namespace {

using nb::handle;

// A list of cuts: an axis, or None for copies, and the offsets of its blocks, or how many copies.
Sharding sharding_from(handle cuts) {
  Sharding sharding;
  for (const handle cut : nb::borrow<nb::sequence>(cuts)) {
    const auto pair = nb::cast<nb::tuple>(cut);
    if (pair[0].is_none()) {
      sharding.cuts.push_back(copied(static_cast<int>(integer_from(pair[1], "copies"))));
      continue;
    }
    const Dims offsets = integers_from(nb::object(pair[1]), "offsets");
    sharding.cuts.push_back({.axis = static_cast<int>(integer_from(nb::object(pair[0]), "axis")),
                             .offsets = {offsets.begin(), offsets.end()}});
  }
  return sharding;
}

struct Shards {
  handle block, cuts;
};

// What all three functions are told.
struct ShardedCall {
  ArrayArgument first;  // of which kind and device the others are, and whose stream all go on
  void* stream;
  ArrayArgument input, weight;
  Sharding input_sharding, weight_sharding, output_sharding;
  ConvOptions options;
  Context& context;
  ProcessGroup group;

  ShardedCall(handle group_object, handle like, const Shards& input_shards, const Shards& weight_shards,
              handle output_cuts, const Words& words)
      : first(read_array(like, "input")),
        stream(stream_of(first, nb::none())),
        input(read_array(input_shards.block, "input", stream)),
        weight(read_array(weight_shards.block, "weight", stream)),
        input_sharding(sharding_from(input_shards.cuts)),
        weight_sharding(sharding_from(weight_shards.cuts)),
        output_sharding(sharding_from(output_cuts)),
        options(options_from(words, stream)),
        context(context_of(first.view.device)),
        group(group_object, *first.kind, first.view.device) {}

  Sharded sharded_input() const { return {input.view, input_sharding}; }
  Sharded sharded_weight() const { return {weight.view, weight_sharding}; }
};

Words words_with(const nb::tuple& options, handle policy, handle numerics) {
  Words words = words_of(options);
  words.policy = policy, words.numerics = numerics;
  return words;
}

nb::object forward(handle group, handle input, handle input_cuts, handle weight, handle weight_cuts, handle bias,
                   handle output_cuts, const nb::tuple& options, handle policy, handle numerics) {
  ShardedCall call(group, input, {input, input_cuts}, {weight, weight_cuts}, output_cuts,
                   words_with(options, policy, numerics));
  const ArrayArgument added = read_optional(bias, "bias", call.stream);
  const Tensor block = without_lock([&] {
    return convolution_sharded(call.sharded_input(), call.sharded_weight(), added.view, call.group, call.options,
                               call.output_sharding, call.context)
        .block;
  });
  return as_kind(block, *call.first.kind, call.stream);
}

nb::object backward(handle group, handle grad_output, handle output_cuts, handle input, handle input_cuts,
                    handle weight, handle weight_cuts, const nb::tuple& options, handle mask, handle policy,
                    handle numerics) {
  ShardedCall call(group, grad_output, {input, input_cuts}, {weight, weight_cuts}, output_cuts,
                   words_with(options, policy, numerics));
  const auto [of_input, of_weight, of_bias] = mask_from(mask, "mask");
  const Gradients all = without_lock([&] {
    return convolution_sharded_backward({call.first.view, call.output_sharding}, call.sharded_input(),
                                        call.sharded_weight(), call.group, call.options, {of_input, of_weight, of_bias},
                                        call.context);
  });
  return as_kind_of(call.first, call.stream, {all.input, all.weight, all.bias});
}

nb::object double_backward(handle group, handle gg_input, handle gg_weight, handle gg_bias, handle grad_output,
                           handle output_cuts, handle input, handle input_cuts, handle weight, handle weight_cuts,
                           const nb::tuple& options, handle mask, handle policy, handle numerics) {
  ShardedCall call(group, grad_output, {input, input_cuts}, {weight, weight_cuts}, output_cuts,
                   words_with(options, policy, numerics));
  const ArrayArgument by_input = read_optional(gg_input, "gg_input", call.stream),
                      by_weight = read_optional(gg_weight, "gg_weight", call.stream),
                      by_bias = read_optional(gg_bias, "gg_bias", call.stream);
  const auto [of_grad_output, of_input, of_weight] = mask_from(mask, "mask");
  const DoubleGradients all = without_lock([&] {
    return convolution_sharded_double_backward(
        by_input.view, by_weight.view, by_bias.view, {call.first.view, call.output_sharding}, call.sharded_input(),
        call.sharded_weight(), call.group, call.options, {of_grad_output, of_input, of_weight}, call.context);
  });
  return as_kind_of(call.first, call.stream, {all.grad_output, all.input, all.weight});
}

}  // namespace

void bind_sharded(nb::module_& module) {
  const char* text =
      "The block of one process. *_cuts: for each dimension of the grid of processes a pair, an axis and the "
      "offsets of its blocks, or None and the number of copies. group: an object that exchanges messages.";
  const auto needed = [](const char* name) { return nb::arg(name).none(); };
  module.def(
      "sharded_convolution", &forward, nb::arg("group"), needed("input"), nb::arg("input_cuts"), needed("weight"),
      nb::arg("weight_cuts"), needed("bias"), nb::arg("output_cuts"), nb::arg("options"), needed("policy"),
      needed("numerics"),
      nb::sig("def sharded_convolution(group: typing.Any, *operands_options_and_ways: typing.Any) -> typing.Any"),
      text);
  module.def("sharded_backward", &backward, nb::arg("group"), needed("grad_output"), nb::arg("output_cuts"),
             needed("input"), nb::arg("input_cuts"), needed("weight"), nb::arg("weight_cuts"), nb::arg("options"),
             nb::arg("mask"), needed("policy"), needed("numerics"),
             nb::sig("def sharded_backward(group: typing.Any, *operands_options_and_ways: typing.Any) -> typing.Any"),
             text);
  module.def(
      "sharded_double_backward", &double_backward, nb::arg("group"), needed("gg_input"), needed("gg_weight"),
      needed("gg_bias"), needed("grad_output"), nb::arg("output_cuts"), needed("input"), nb::arg("input_cuts"),
      needed("weight"), nb::arg("weight_cuts"), nb::arg("options"), nb::arg("mask"), needed("policy"),
      needed("numerics"),
      nb::sig("def sharded_double_backward(group: typing.Any, *operands_options_and_ways: typing.Any) -> typing.Any"),
      text);
}

}  // namespace faltung::python

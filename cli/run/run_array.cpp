#include "run/run_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "media/arrays.h"
#include "run/filtering.h"
#include "run/inputs.h"
#include "run/outputs.h"
#include "support/device.h"
#include "support/files.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

struct Weights {
  Tensor weight, bias;
};

Tensor load(const ArrayRun& run, const std::string& place, Device device) {
  return on_device(load_array(place, run.dtype), device);
}

// conv2d says that the weight has two spatial axes, and whether it is transposed; convolution takes what is there.
void check_op(const ArrayRun& run, const Tensor& weight) {
  const int rank = run.op[run.op.size() - 2] - '0';
  if (weight.rank() == rank + 2) return;
  throw UsageError(fmt::format("{} needs a weight of rank {}, and {} holds one of extents [{}]", run.op, rank + 2,
                               run.weight, fmt::join(weight.sizes, ", ")));
}

void check_types(const ArrayRun& run, const std::string& place, const Tensor& array, const Weights& weights) {
  const DType input = array.dtype;
  const auto check = [&](const Tensor& operand, const std::string& other) {
    if (!operand.defined || operand.dtype == input) return;
    const DType wider = input == DType::boolean || is_integer(input) ? operand.dtype : input;
    throw UsageError(fmt::format("{} is {}, but {} is {}; convert all to one type: --dtype {}", other,
                                 name_of(operand.dtype), place, name_of(input), name_of(wider)));
  };
  if (input == DType::boolean && weights.weight.dtype == input)
    throw UsageError(fmt::format("{} is bool, on which no convolution is defined; convert it: --dtype f32", place));
  check(weights.weight, run.weight);
  check(weights.bias, run.bias);
}

void check_places(const ArrayRun& run, const Outputs& outputs) {
  std::vector<std::string> sources = run.inputs;
  sources.insert(sources.end(), {run.weight, run.bias});
  check_standard_input(sources);
  for (const std::string& input : run.inputs) {
    check_array_input(input);
    const std::string place = outputs.place(input, run.op);
    check_array_name(place);
    for (const std::string& source : sources)
      if (!source.empty()) refuse_overwrite(path_of_place(source), path_of_place(place));
  }
}

void convolve_one(const ArrayRun& run, const Outputs& outputs, const std::string& input, const Weights& weights,
                  Context& context) {
  const Tensor array = load(run, input, context.device());
  const std::string place = outputs.place(input, run.op);
  check_types(run, input, array, weights);
  check_array_type(place, array.dtype);
  const Filtered result = in_words_of(run.op, [&] {
    return filtered(array, {&weights.weight, 1}, weights.bias, run.options, run.whole, context);
  });
  outputs.make_folder();
  save_array(place, result.output);
  if (outputs.is_standard()) return;
  print_result("{}: {} [{}], {} in {:.3f} ms\n", place, name_of(result.output.dtype),
               fmt::join(result.output.sizes, ", "), result.by(), 1e3 * result.seconds);
  for (const ConvProblem& problem : result.problems) print_result("{}\n", print(problem));
}

}  // namespace

int run_array(const ArrayRun& run, Context& context) {
  const Outputs outputs{run.output, run.inputs, {run.op}};
  outputs.check();
  check_places(run, outputs);
  const Weights weights{load(run, run.weight, context.device()),
                        run.bias.empty() ? Tensor() : load(run, run.bias, context.device())};
  check_op(run, weights.weight);
  Progress progress(run.inputs.size());
  return for_each_input(run.inputs, progress, [&](const std::string& input) {
    progress.step(input);
    convolve_one(run, outputs, input, weights, context);
  });
}

}  // namespace faltung::cli

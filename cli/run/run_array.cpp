#include "run/run_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "media/arrays.h"
#include "run/filtering.h"
#include "support/device.h"
#include "support/files.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

struct Loaded {
  Tensor input, weight, bias;
};

Loaded load(const ArrayRun& run, Device device) {
  const auto one = [&](const std::string& place) { return on_device(load_array(place, run.dtype), device); };
  return {one(run.input), one(run.weight), run.bias.empty() ? Tensor() : one(run.bias)};
}

// conv2d says that the weight has two spatial axes, and whether it is transposed; convolution takes what is there.
void check_op(const ArrayRun& run, const Tensor& weight) {
  const int rank = run.op[run.op.size() - 2] - '0';
  if (weight.rank() == rank + 2) return;
  throw UsageError(fmt::format("{} needs a weight of rank {}, and {} holds one of extents [{}]", run.op, rank + 2,
                               run.weight, fmt::join(weight.sizes, ", ")));
}

void check_types(const ArrayRun& run, const Loaded& loaded) {
  const DType input = loaded.input.dtype;
  const auto check = [&](const Tensor& operand, const std::string& place) {
    if (!operand.defined || operand.dtype == input) return;
    const DType wider = input == DType::boolean || is_integer(input) ? operand.dtype : input;
    throw UsageError(fmt::format("{} is {}, but {} is {}; convert all to one type: --dtype {}", place,
                                 name_of(operand.dtype), run.input, name_of(input), name_of(wider)));
  };
  if (input == DType::boolean && loaded.weight.dtype == input)
    throw UsageError(fmt::format("{} is bool, on which no convolution is defined; convert it: --dtype f32", run.input));
  check(loaded.weight, run.weight);
  check(loaded.bias, run.bias);
  check_array_type(run.output, input);
}

void check_output(const ArrayRun& run) {
  const std::string output = path_of_place(run.output);
  need_folder_of(output);
  for (const std::string& place : {run.input, run.weight, run.bias}) {
    if (!place.empty()) refuse_overwrite(path_of_place(place), output);
  }
}

}  // namespace

int run_array(const ArrayRun& run, Context& context) {
  check_array_name(run.output);
  check_output(run);
  const Loaded loaded = load(run, context.device());
  check_op(run, loaded.weight);
  check_types(run, loaded);
  const Filtered result = in_words_of(run.op, [&] {
    return filtered(loaded.input, {&loaded.weight, 1}, loaded.bias, run.options, run.whole, context);
  });
  save_array(run.output, result.output);
  print_result("{}: {} [{}], {} in {:.3f} ms\n", run.output, name_of(result.output.dtype),
               fmt::join(result.output.sizes, ", "), result.by(), 1e3 * result.seconds);
  for (const ConvProblem& problem : result.problems) print_result("{}\n", print(problem));
  return ok;
}

}  // namespace faltung::cli

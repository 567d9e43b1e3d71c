#include "run/run_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>

#include "command.h"
#include "faltung/compile.h"
#include "faltung/conv.h"
#include "media/arrays.h"
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

// What the library refuses by its own function's name the user called by --op.
ConvProblem problem_of(const ArrayRun& run, const Loaded& loaded) {
  try {
    return convolution_problem(loaded.input, loaded.weight, loaded.bias, run.options);
  } catch (const Error& error) {
    const std::string_view text = error.what(), function = "convolution_problem: ";
    throw Error(error.code(), text.starts_with(function) ? fmt::format("{}: {}", run.op, text.substr(function.size()))
                                                         : error.what());
  }
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
  const ConvProblem problem = problem_of(run, loaded);
  const CompiledConv compiled = compile(problem, run.options.policy, context);  // so that planning is not timed
  const auto start = std::chrono::steady_clock::now();
  const Tensor output = on_host(convolution(loaded.input, loaded.weight, loaded.bias, run.options, context));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  save_array(run.output, output);
  print_result("{}: {} [{}], {} in {:.3f} ms\n", run.output, name_of(output.dtype), fmt::join(output.sizes, ", "),
               compiled.engine(), 1e3 * elapsed.count());
  print_result("{}\n", print(problem));
  return ok;
}

}  // namespace faltung::cli

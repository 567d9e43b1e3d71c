// faltung run: filter a picture, or convolve arrays.
#include <fmt/format.h>

#include <memory>

#include "command.h"
#include "run/filters.h"
#include "run/run_array.h"
#include "run/run_picture.h"
#include "support/options.h"

namespace faltung::cli {
namespace {

constexpr const char* examples =
    "Pictures: every filter of the bank, one PNG each.\n"
    "  faltung run --output out/                         a picture that the program makes by itself\n"
    "  faltung run holiday.png --output out/\n"
    "  faltung run holiday.png --filter sharpen --output sharp.png\n"
    "Arrays: .npy, .npz and .safetensors; FILE:NAME takes one array of many.\n"
    "  faltung run --op conv2d --input x.npy --weight model.safetensors:conv1.weight --stride 2 --padding same -o "
    "y.npy";

const std::vector<std::string> ops = {"conv1d",           "conv2d",           "conv3d",
                                      "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"};

struct Arguments {
  std::string picture, output, op, input, weight, bias, dtype;
  std::string stride = "1", padding = "0", padding_mode = "zeros", dilation = "1", output_padding = "0";
  std::int64_t groups = 1;
  std::vector<std::string> filters;
  EngineOptions choosing;
};

std::vector<std::string> filter_names() {
  std::vector<std::string> names;
  for (const Filter& filter : filters()) names.push_back(filter.name);
  return names;
}

void need(const std::string& value, const char* option, const Arguments& arguments) {
  if (value.empty())
    throw UsageError(fmt::format("{} is missing; --op {} needs --input, --weight and --output", option, arguments.op));
}

ArrayRun array_run(const Arguments& arguments) {
  need(arguments.input, "--input", arguments);
  need(arguments.weight, "--weight", arguments);
  ArrayRun run{arguments.op,
               arguments.input,
               arguments.weight,
               arguments.bias,
               arguments.output,
               {},
               parse_dtype(arguments.dtype)};
  run.options.stride = parse_per_axis(arguments.stride, "--stride");
  run.options.padding = parse_padding(arguments.padding);
  run.options.padding_mode = parse_border(arguments.padding_mode);
  run.options.dilation = parse_per_axis(arguments.dilation, "--dilation");
  run.options.output_padding = parse_per_axis(arguments.output_padding, "--output-padding");
  run.options.groups = arguments.groups;
  run.options.transposed = arguments.op.starts_with("conv_transpose");
  run.options.policy = arguments.choosing.policy;
  return run;
}

int run(const Arguments& arguments) {
  Context context = open_context(arguments.choosing);
  if (!arguments.op.empty()) {
    if (!arguments.picture.empty() || !arguments.filters.empty())
      throw UsageError("--op convolves arrays; a picture or --filter does not go with it");
    return run_array(array_run(arguments), context);
  }
  return run_picture({arguments.picture, arguments.output, arguments.filters, arguments.choosing.policy}, context);
}

void add_array_options(App& app, Arguments& arguments) {
  const auto add = [&app](const char* name, std::string& value, const char* text) {
    app.add_option(name, value, text).group("Arrays").needs("--op");
  };
  app.add_option("--op", arguments.op, "Which convolution").one_of(ops).group("Arrays");
  add("--input", arguments.input, "(N, C, in…) or without N");
  add("--weight", arguments.weight, "(O, C/groups, k…); transposed (C, O/groups, k…)");
  add("--bias", arguments.bias, "(O)");
  add("--stride", arguments.stride, "One number, or one for each axis by comma");
  add("--padding", arguments.padding, "Numbers, pairs LOW:HIGH, or valid same same_lower causal full");
  add("--padding-mode", arguments.padding_mode, "What is padded: zeros reflect replicate circular");
  add("--dilation", arguments.dilation, "One number, or one for each axis");
  add("--output-padding", arguments.output_padding, "Transposed only");
  add("--dtype", arguments.dtype, "Convert the operands to this type first");
  app.add_option("--groups", arguments.groups, "Groups of channels").group("Arrays").needs("--op");
}

}  // namespace

Command run_command(App& program) {
  App app = program.add_subcommand("run", "Filter a picture, or convolve arrays");
  const auto arguments = std::make_shared<Arguments>();
  app.footer(examples);
  app.add_option("picture", arguments->picture, "A PNG file; none: a picture made here");
  app.add_option("-o,--output", arguments->output,
                 "Where to write: a folder (made if it is not there) or .png for pictures, else an array file")
      .required();
  app.add_option("--filter", arguments->filters, "Filters to apply, by comma")
      .by_comma()
      .one_of(filter_names())
      .group("Pictures");
  add_array_options(app, *arguments);
  add_policy_options(app, arguments->choosing);
  return {app, [arguments] { return run(*arguments); }};
}

}  // namespace faltung::cli

// faltung run: filter pictures, sounds and arrays, or convolve arrays.
#include <fmt/format.h>

#include <memory>

#include "command.h"
#include "run/filters.h"
#include "run/run_array.h"
#include "run/run_filter.h"
#include "support/options.h"

namespace faltung::cli {
namespace {

constexpr const char* examples =
    "Pictures: every filter of the bank, one file each.\n"
    "  faltung run --output out/                         a picture that the program makes by itself\n"
    "  faltung run holiday.png beach.png --output out/\n"
    "  faltung run holiday.png --filter sharpen --output sharp.png\n"
    "Pictures, sounds and arrays: a Gaussian, or a filter of your own.\n"
    "  faltung run volume.npy --sigma 1,2,2 --output smooth.npy\n"
    "  faltung run holiday.png --kernel filter.npy --output filtered.png\n"
    "Convolutions of arrays: .npy, .npz and .safetensors; FILE:NAME takes one array of many.\n"
    "  faltung run --op conv2d --input x.npy --weight model.safetensors:conv1.weight --stride 2 --padding same -o "
    "y.npy";

const std::vector<std::string> ops = {"conv1d",           "conv2d",           "conv3d",
                                      "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"};

struct Arguments {
  std::string output, op, weight, bias, dtype, padding_mode, transforms;
  std::string stride = "1", padding = "0", dilation = "1", output_padding = "0";
  std::int64_t groups = 1;
  std::vector<std::string> inputs, arrays, filters;
  std::string sigma, kernel;
  bool whole = false;
  EngineOptions choosing;
};

std::vector<std::string> filter_names() {
  std::vector<std::string> names;
  for (const Filter& filter : filters()) names.push_back(filter.name);
  return names;
}

void need(bool given, const char* option, const Arguments& arguments) {
  if (!given)
    throw UsageError(fmt::format("{} is missing; --op {} needs --input, --weight and --output", option, arguments.op));
}

ArrayRun array_run(const Arguments& arguments) {
  need(!arguments.arrays.empty(), "--input", arguments);
  need(!arguments.weight.empty(), "--weight", arguments);
  ArrayRun run{arguments.op,
               arguments.arrays,
               arguments.weight,
               arguments.bias,
               arguments.output,
               {},
               parse_dtype(arguments.dtype),
               arguments.whole};
  run.options.stride = parse_per_axis(arguments.stride, "--stride");
  run.options.padding = parse_padding(arguments.padding);
  if (!arguments.padding_mode.empty()) run.options.padding_mode = parse_border(arguments.padding_mode);
  run.options.dilation = parse_per_axis(arguments.dilation, "--dilation");
  run.options.output_padding = parse_per_axis(arguments.output_padding, "--output-padding");
  run.options.groups = arguments.groups;
  run.options.transposed = arguments.op.starts_with("conv_transpose");
  run.options.policy = arguments.choosing.policy;
  set_transforms(run.options.numerics, arguments.transforms);
  return run;
}

FilterRun filter_run(const Arguments& arguments) {
  FilterRun run{.inputs = arguments.inputs,
                .output = arguments.output,
                .filters = arguments.filters,
                .kernel = arguments.kernel,
                .dtype = parse_dtype(arguments.dtype),
                .whole = arguments.whole,
                .policy = arguments.choosing.policy};
  if (!arguments.sigma.empty()) run.sigmas = parse_numbers(arguments.sigma, "--sigma");
  if (!arguments.padding_mode.empty()) run.border = parse_border(arguments.padding_mode);
  return run;
}

int run(const Arguments& arguments) {
  Context context = open_context(arguments.choosing);
  if (arguments.op.empty()) return run_filter(filter_run(arguments), context);
  if (!arguments.inputs.empty() || !arguments.filters.empty() || !arguments.sigma.empty() || !arguments.kernel.empty())
    throw UsageError("--op convolves arrays; files without --input, --filter, --sigma and --kernel do not go with it");
  return run_array(array_run(arguments), context);
}

void add_filter_options(App& app, Arguments& arguments) {
  app.add_option("--filter", arguments.filters, "Filters of the bank to apply to pictures, by comma")
      .by_comma()
      .one_of(filter_names())
      .group("Filters");
  app.add_option("--sigma", arguments.sigma, "A Gaussian of that standard deviation, or one for each axis by comma")
      .group("Filters")
      .excludes("--filter");
  app.add_option("--kernel", arguments.kernel, "A filter from an array file, of as many axes as are filtered")
      .group("Filters")
      .excludes("--filter")
      .excludes("--sigma");
}

void add_array_options(App& app, Arguments& arguments) {
  const auto add = [&app](const char* name, std::string& value, const char* text) {
    app.add_option(name, value, text).group("Convolutions").needs("--op");
  };
  app.add_option("--op", arguments.op, "Which convolution").one_of(ops).group("Convolutions");
  app.add_option("--input", arguments.arrays, "(N, C, in…) or without N; several go to a folder")
      .group("Convolutions")
      .needs("--op");
  add("--weight", arguments.weight, "(O, C/groups, k…); transposed (C, O/groups, k…)");
  add("--bias", arguments.bias, "(O)");
  add("--stride", arguments.stride, "One number, or one for each axis by comma");
  add("--padding", arguments.padding, "Numbers, pairs LOW:HIGH, or valid same same_lower causal full");
  add("--dilation", arguments.dilation, "One number, or one for each axis");
  add("--output-padding", arguments.output_padding, "Transposed only");
  app.add_option("--groups", arguments.groups, "Groups of channels").group("Convolutions").needs("--op");
  app.add_option("--transforms", arguments.transforms,
                 "off: neither Winograd nor FFT; large: Winograd's F(6, 3) too; on if nothing is said")
      .one_of({"on", "off", "large"})
      .group("Convolutions")
      .needs("--op");
}

}  // namespace

Command run_command(App& program) {
  App app = program.add_subcommand("run", "Filter pictures, sounds and arrays, or convolve arrays");
  const auto arguments = std::make_shared<Arguments>();
  app.footer(examples);
  app.add_option("inputs", arguments->inputs,
                 "Pictures, sounds and arrays to filter, - for standard input; none: a picture made here");
  app.add_option("-o,--output", arguments->output,
                 "Where to write: a file, - for standard output, or a folder (made if it is not there)")
      .required();
  app.add_option(
      "--padding-mode", arguments->padding_mode,
      "What is beyond the edges: zeros reflect replicate circular symmetric; replicate for filters, else zeros");
  app.add_option("--dtype", arguments->dtype, "Convert arrays to this type first");
  app.add_flag("--whole", arguments->whole, "Apply filters as they are, also those that could be applied axis by axis");
  add_filter_options(app, *arguments);
  add_array_options(app, *arguments);
  add_policy_options(app, arguments->choosing);
  return {app, [arguments] { return run(*arguments); }};
}

}  // namespace faltung::cli

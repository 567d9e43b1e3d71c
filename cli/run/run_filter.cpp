#include "run/run_filter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "command.h"
#include "run/filtering.h"
#include "run/filters.h"
#include "run/inputs.h"
#include "run/outputs.h"
#include "run/signal.h"
#include "support/device.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

std::vector<Filter> filters_of_bank(const std::vector<std::string>& names) {
  std::vector<Filter> chosen;
  for (const Filter& filter : filters()) {
    const bool all = names.empty() && filter.name != "identity";
    if (all || std::find(names.begin(), names.end(), filter.name) != names.end()) chosen.push_back(filter);
  }
  return chosen;
}

// Known before anything is read: results are named after them.
std::vector<std::string> names_of_filters(const FilterRun& run) {
  if (!run.sigmas.empty()) return {"gaussian"};
  if (!run.kernel.empty()) return {name_of_filter(run.kernel)};
  std::vector<std::string> names;
  for (const Filter& filter : filters_of_bank(run.filters)) names.push_back(filter.name);
  return names;
}

std::vector<Filter> filters_for(const FilterRun& run, const Signal& signal, const std::string& input) {
  if (!run.sigmas.empty()) return {gaussian_filter(run.sigmas, signal.rank())};
  if (!run.kernel.empty()) return {filter_of_file(run.kernel, signal.rank())};
  if (is_picture(signal.format)) return filters_of_bank(run.filters);
  throw UsageError(
      fmt::format("{}: the bank of filters is for pictures; give --sigma or --kernel", named_input(input)));
}

// Of each channel the same: (C, 1, k…).
Tensor weight_of(const Tensor& part, const Signal& signal, Device device) {
  const Tensor taps = cast(part, signal.channels.dtype);
  TensorView repeated = taps.unsqueeze(0).unsqueeze(0);
  repeated.sizes[0] = signal.channels.size(0);
  repeated.strides[0] = 0;
  return on_device(clone(repeated), device);
}

// The middle of an even extent is the later of the two, as in SciPy.
Padding centred(const Dims& sizes) {
  std::vector<Sides> sides;
  for (const std::int64_t size : sizes) sides.emplace_back(size / 2, size - 1 - size / 2);
  return Padding(std::span<const Sides>(sides));
}

Filtered apply(const FilterRun& run, const Signal& signal, const Filter& filter, Context& context) {
  std::vector<Tensor> parts;
  if (run.whole)
    parts.push_back(weight_of(filter.whole(), signal, context.device()));
  else
    for (const Tensor& part : filter.parts) parts.push_back(weight_of(part, signal, context.device()));
  ConvOptions options;
  options.padding = centred(filter.sizes());
  options.padding_mode = run.border;
  options.groups = signal.channels.size(0);
  options.policy = run.policy;
  return filtered(on_device(signal.channels, context.device()), parts, {}, options, run.whole, context);
}

Signal load(const FilterRun& run, const std::string& input) {
  const Signal signal = input.empty() ? synthetic_signal() : load_signal(input, run.dtype);
  if (run.dtype && !is_array(signal.format))
    throw UsageError(fmt::format("--dtype converts arrays; {} is {}", named_input(input), kind_of(signal.format)));
  return signal;
}

void filter_one(const FilterRun& run, const Outputs& outputs, const std::string& input, Progress& progress,
                Context& context) {
  const Signal signal = load(run, input);
  if (input.empty() && !outputs.is_file()) {
    outputs.make_folder();
    save_signal(fmt::format("{}/picture.png", run.output), signal, signal.channels, 0);
  }
  outputs.check_kind(named_input(input), signal.format);
  if (outputs.is_file()) check_fit(run.output, signal);
  Table table({"filter", ">size", "engine", ">ms", "file"});
  for (const Filter& filter : filters_for(run, signal, input)) {
    progress.step(filter.name);
    const Filtered result = in_words_of(named_input(input), [&] { return apply(run, signal, filter, context); });
    const std::string place = outputs.place(input, filter.name);
    outputs.make_folder();
    save_signal(place, signal, result.output, filter.offset);
    table.row({filter.name, fmt::format("{}", fmt::join(filter.sizes(), "x")), result.by(),
               fmt::format("{:.3f}", 1e3 * result.seconds), place});
  }
  progress.clear();
  if (outputs.is_standard()) return;
  print_result("{}: {}\n", named_input(input), signal.what);
  table.print();
}

}  // namespace

int run_filter(const FilterRun& run, Context& context) {
  const Outputs outputs{run.output, run.inputs, names_of_filters(run)};
  const std::vector<std::string> inputs = run.inputs.empty() ? std::vector<std::string>{""} : run.inputs;
  outputs.check();
  std::vector<std::string> sources = inputs;
  sources.push_back(run.kernel);
  check_standard_input(sources);
  Progress progress(inputs.size() * outputs.filters.size());
  return for_each_input(inputs, progress,
                        [&](const std::string& input) { filter_one(run, outputs, input, progress, context); });
}

}  // namespace faltung::cli

#include "run/filtering.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "faltung/compile.h"
#include "faltung/conv.h"
#include "faltung/separable.h"
#include "support/device.h"

namespace faltung::cli {
namespace {

// A pass reads and writes everything: with half the taps or fewer they are faster (4×4, 5×5), with more they are not
// (3×3).
std::vector<Tensor> worthwhile_factors(const Tensor& weight) {
  std::vector<Tensor> factors = separate(weight);
  std::int64_t left = 0;
  for (const Tensor& factor : factors) left += factor.numel();
  return 2 * left <= weight.numel() ? factors : std::vector<Tensor>();
}

// The plan's own name, and below composites that of the part that does the work.
std::string engine_of(const ConvProblem& problem, const Policy& policy, Context& context) {
  const CompiledConv compiled = compile(problem, policy, context);
  const std::string_view outline = compiled.selection().outline;
  const std::size_t last = outline.rfind("\n  ");
  if (last == std::string_view::npos) return std::string(compiled.engine());
  const std::string_view part = outline.substr(outline.find_first_not_of(' ', last + 1));
  return fmt::format("{} {}", compiled.engine(), part.substr(0, part.find(':')));
}

}  // namespace

std::string Filtered::by() const {
  std::vector<std::string> names;
  for (const std::string& engine : engines)
    if (std::find(names.begin(), names.end(), engine) == names.end()) names.push_back(engine);
  const std::string passes = engines.size() > 1 ? fmt::format(", {} passes", engines.size()) : "";
  return fmt::format("{}{}", fmt::join(names, " "), passes);
}

Filtered filtered(const Tensor& input, std::span<const Tensor> parts, const Tensor& bias, const ConvOptions& options,
                  bool whole, Context& context) {
  Filtered result;
  std::vector<Tensor> found;
  if (parts.size() == 1 && !whole && !options.transposed) found = worthwhile_factors(parts.front());
  if (!found.empty()) parts = found;
  if (parts.size() == 1)
    result.problems = {convolution_problem(input, parts.front(), bias, options)};
  else
    result.problems = separated_problems(input, parts, bias, options);
  for (const ConvProblem& problem : result.problems)  // so that planning is not timed
    result.engines.push_back(engine_of(problem, options.policy, context));
  const auto start = std::chrono::steady_clock::now();
  result.output = on_host(parts.size() == 1 ? convolution(input, parts.front(), bias, options, context)
                                            : convolution_separated(input, parts, bias, options, context));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  result.seconds = elapsed.count();
  return result;
}

Filtered in_words_of(const std::string& name, const std::function<Filtered()>& filter) {
  try {
    return filter();
  } catch (const Error& error) {
    const std::string_view text = error.what();
    for (const std::string_view function : {"convolution_problem: ", "convolution_separated: "})
      if (text.starts_with(function))
        throw Error(error.code(), fmt::format("{}: {}", name, text.substr(function.size())));
    throw;
  }
}

}  // namespace faltung::cli

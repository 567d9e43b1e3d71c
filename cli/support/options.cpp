#include "support/options.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>

#include "command.h"

namespace faltung::cli {
namespace {

const std::map<std::string, Effort> efforts = {{"estimate", Effort::Estimate},
                                               {"measure", Effort::Measure},
                                               {"exhaustive", Effort::Exhaustive},
                                               {"tuned_only", Effort::TunedOnly}};

// CLI11's own check describes the map; a set of names reads better.
std::vector<std::string> effort_names() {
  std::vector<std::string> names;
  for (const auto& [name, effort] : efforts) names.push_back(name);
  return names;
}

std::int64_t parse_number(std::string_view text, const char* option, const std::string& whole) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw UsageError(fmt::format("{} {}: '{}' is not a 64-bit number; write one for all axes or one each: {} 2,1",
                                 option, whole, text, option));
  }
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Sides parse_sides(std::string_view text, const std::string& whole) {
  const std::vector<std::string_view> pair = split(text, ':');
  if (pair.size() != 2) {
    throw UsageError(
        fmt::format("--padding {}: either pairs LOW:HIGH for every axis or none, as in --padding 1:2,0:1", whole));
  }
  return {parse_number(pair[0], "--padding", whole), parse_number(pair[1], "--padding", whole)};
}

bool starts_as_number(const std::string& text) {
  return !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
}

}  // namespace

void add_thread_option(App& app, EngineOptions& options) {
  app.add_option("--threads", options.policy.threads, "CPU threads to use; 0: all").between(0, 4096);
}

void add_library_option(App& app, EngineOptions& options) {
  app.add_option("--engine-library", options.libraries, "Shared objects with more engines, by comma").by_comma();
}

void add_engine_option(App& app, EngineOptions& options) {
  app.add_option("--device", options.device, "cpu, cuda, cuda:N, hip or hip:N");
  app.add_option("--engine", options.policy.only, "The one engine allowed (`faltung list` names them)");
  add_library_option(app, options);
}

void add_policy_options(App& app, EngineOptions& options) {
  add_engine_option(app, options);
  add_thread_option(app, options);
  Policy& policy = options.policy;
  app.add_option("--without", policy.without, "Engines not allowed, by comma").by_comma();
  app.add_option_function(
         "--effort", [&policy](const std::string& name) { policy.effort = efforts.at(name); },
         "How hard to look for the fastest engine")
      .one_of(effort_names());
  app.add_option("--measure-seconds", policy.measure_seconds,
                 "With --effort measure: after these no further variant of a measured engine is tried")
      .between(0.0, 86400.0)
      .show_default();
  app.add_option("--tuning", options.tuning, "A file of records that `faltung tune` wrote: their engines are taken");
  app.add_option("--workspace-limit", policy.workspace_limit, "Bytes a plan may ask for");
}

std::string words_of(const EngineOptions& options) {
  std::string words;
  if (options.device != "cpu") words += fmt::format(" --device {}", options.device);
  if (!options.policy.only.empty()) words += fmt::format(" --engine {}", options.policy.only);
  if (!options.tuning.empty()) words += fmt::format(" --tuning {}", options.tuning);
  if (options.policy.threads != 0) words += fmt::format(" --threads {}", options.policy.threads);
  return words;
}

std::optional<DType> parse_dtype(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const std::optional<DType> dtype = dtype_from_name(name);
  if (!dtype || *dtype >= DType::boolean) {
    throw UsageError(fmt::format("--dtype {}: not a type; there are f32 f64 f16 bf16 cf32 cf64 i8 i32 i64", name));
  }
  return dtype;
}

std::vector<double> parse_numbers(const std::string& text, const char* option) {
  std::vector<double> values;
  for (std::string_view part : split(text, ',')) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), values.emplace_back());
    if (error == std::errc{} && end == part.data() + part.size() && std::isfinite(values.back())) continue;
    throw UsageError(fmt::format("{} {}: '{}' is not a number; write one for all axes or one each: {} 2,1.5", option,
                                 text, part, option));
  }
  return values;
}

PerAxis parse_per_axis(const std::string& text, const char* option) {
  std::vector<std::int64_t> values;
  for (std::string_view part : split(text, ',')) values.push_back(parse_number(part, option, text));
  return PerAxis(std::span<const std::int64_t>(values));
}

Padding parse_padding(const std::string& text) {
  if (!starts_as_number(text)) return Padding(std::string_view(text));
  if (text.find(':') == std::string::npos)
    return Padding(std::span<const std::int64_t>(parse_per_axis(text, "--padding").values()));
  std::vector<Sides> sides;
  for (std::string_view part : split(text, ',')) sides.push_back(parse_sides(part, text));
  return Padding(std::span<const Sides>(sides));
}

void set_transforms(Numerics& numerics, const std::string& word) {
  numerics.transforms &= word != "off";
  numerics.large_tiles = numerics.transforms && (numerics.large_tiles || word == "large");
}

Border parse_border(const std::string& name) {
  if (const std::optional<Border> border = border_from_name(name)) return *border;
  throw UsageError(
      fmt::format("--padding-mode {}: there are zeros, reflect (mirror), replicate (nearest), circular (wrap) and "
                  "symmetric (grid-mirror)",
                  name));
}

}  // namespace faltung::cli

#include "plugin/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "device/backend.h"
#include "faltung/error.h"
#include "plugin/plan.h"
#include "plugin/problem.h"
#include "plugin/text.h"
#include "problem/geometry.h"

namespace faltung::plugin {
namespace {

constexpr std::size_t most_variants = 64;

double guessed_seconds(const ConvProblem& problem, const DeviceInfo& device) {
  const Estimate estimate{.flops = flops_of(problem),
                          .ceiling = best_ceiling_of(problem, device),
                          .efficiency = 0.25,
                          .bytes = bytes_of(problem)};
  return estimate.seconds(device);
}

std::optional<Accuracy> accuracy_of(std::string_view word) {
  if (word.empty() || word == "reassociated") return Accuracy::reassociated;
  if (word == "exact") return Accuracy::exact;
  if (word == "transformed") return Accuracy::transformed;
  return std::nullopt;
}

bool has_work(const ConvProblem& p) { return numel_of(p.geometry, written_role(p.pass)) > 0 && has_terms(p); }

// What the planner is told, checked; throws Unsupported for what cannot be.
Variant checked(const faltung_plugin_variant& given, const ConvProblem& problem, const DeviceInfo& device) {
  const std::string name = printable(given.name, sizeof given.name);
  if (!name.empty() && !is_word(name))
    throw Error(ErrorCode::Unsupported, fmt::format("calls a variant '{}', which is no word", name));
  const std::string accuracy = printable(given.accuracy, sizeof given.accuracy);
  if (!accuracy_of(accuracy))
    throw Error(ErrorCode::Unsupported, fmt::format("says that its accuracy is '{}', which there is not", accuracy));
  Variant variant{.name = name, .seconds = given.seconds, .accuracy = *accuracy_of(accuracy)};
  if (!(given.seconds > 0) || !std::isfinite(given.seconds)) variant.seconds = guessed_seconds(problem, device);
  if (given.workspace_bytes >= 0) variant.workspace_bytes = static_cast<std::size_t>(given.workspace_bytes);
  return variant;
}

class PluginOffer final : public Offer {
 public:
  PluginOffer(const PluginEngine& engine, const ConvProblem& problem, const DeviceInfo& device,
              std::vector<Variant> variants)
      : engine_(engine), problem_(problem), device_(device), variants_(std::move(variants)) {}

  Variant first() override { return variants_.front(); }
  std::vector<Variant> variants() override { return variants_; }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner&) override {
    const PluginProblem problem(problem_);
    const faltung_plugin_device device = device_for(problem_, device_);
    faltung_plugin_plan made{.size = sizeof made};
    Reason reason;
    const auto make = [&] {
      return engine_.functions.plan(engine_.functions.data, &problem.get(), &device, variant.name.c_str(), &made,
                                    reason.to_fill());
    };
    if (call_plugin(reason, 1, make) != 0) throw Error(ErrorCode::Unsupported, reason.text());
    return std::make_shared<PluginPlan>(engine_, made);
  }

 private:
  PluginEngine engine_;
  const ConvProblem& problem_;
  const DeviceInfo& device_;
  std::vector<Variant> variants_;
};

class EngineFromOutside final : public Engine {
 public:
  explicit EngineFromOutside(PluginEngine engine) : engine_(std::move(engine)) {}

  std::string_view name() const override { return engine_.name; }

  std::optional<DeviceType> device() const override { return device_type_named(engine_.functions.device); }

  std::string unavailable() const override {
    Reason reason;
    const faltung_plugin_engine& f = engine_.functions;
    if (!f.available || call_plugin(reason, 0, [&] { return f.available(f.data, reason.to_fill()); })) return {};
    return reason.text();
  }

  bool fills_padding(Border border) const override {
    return border == Border::zeros || (engine_.functions.features & FALTUNG_PLUGIN_PADDING_MODE);
  }

  // Records hold for one version of the plug-in; those of other engines are not touched by that.
  int revision() const override {
    std::uint32_t hash = 2166136261u;  // FNV-1a
    for (const char* letter = engine_.functions.version; *letter; ++letter)
      hash = (hash ^ static_cast<unsigned char>(*letter)) * 16777619u;
    return static_cast<int>(hash >> 1);
  }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const std::uint64_t unknown = features_of(problem) & ~engine_.functions.features;
    const Verdict verdict = Verdict()
                                .need(has_work(problem), "there is nothing to compute")
                                .need(unknown == 0, "does not do: " + names_of_features(unknown));
    if (!verdict) return verdict;
    return ask_plugin(problem, device);
  }

 private:
  Answer ask_plugin(const ConvProblem& problem, const DeviceInfo& device) const {
    const PluginProblem plain(problem);
    const faltung_plugin_device plain_device = device_for(problem, device);
    std::array<faltung_plugin_variant, most_variants> given{};
    Reason reason;
    const faltung_plugin_engine& f = engine_.functions;
    const std::size_t count = call_plugin(reason, std::size_t{0}, [&] {
      return f.ask(f.data, &plain.get(), &plain_device, given.data(), given.size(), reason.to_fill());
    });
    if (count == 0) return Answer::refused(reason.text());
    std::vector<Variant> variants;
    for (std::size_t i = 0; i < std::min(count, given.size()); ++i)
      variants.push_back(checked(given[i], problem, device));
    return std::make_unique<PluginOffer>(engine_, problem, device, std::move(variants));
  }

  PluginEngine engine_;
};

}  // namespace

std::vector<std::shared_ptr<const Engine>> engines_of(const std::shared_ptr<const Library>& library) {
  std::vector<std::shared_ptr<const Engine>> engines;
  for (const faltung_plugin_engine& functions : library->engines())
    engines.push_back(std::make_shared<EngineFromOutside>(PluginEngine{library, functions, functions.name}));
  return engines;
}

}  // namespace faltung::plugin

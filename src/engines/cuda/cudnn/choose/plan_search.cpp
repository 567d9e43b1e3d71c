#include "engines/cuda/cudnn/choose/plan_search.h"

#include <fmt/format.h>

#include "device/cuda/runtime/check.h"
#include "device/cuda/runtime/device.h"
#include "engines/cuda/cudnn/choose/strict_f32.h"
#include "engines/cuda/cudnn/find/handle.h"
#include "engines/cuda/cudnn/run/plan.h"

namespace faltung::cuda_cudnn {
namespace {

class Search {
 public:
  Search(const ConvProblem& problem, Device device, Catalogue& catalogue, const Conditions& conditions)
      : problem_(problem),
        device_(device),
        conditions_(conditions),
        target_{.handle = handle_for(device.index, nullptr)},
        catalogue_(catalogue) {}

  std::shared_ptr<Plan> first_that_works() {
    if (auto plan = first_known()) return plan;
    ConfigList& configs = catalogue_.configs();
    for (std::size_t i = 0; i < configs.size() || catalogue_.ask_next(target_);) {
      if (i == configs.size()) continue;  // that heuristic had nothing new
      EngineConfig& config = configs[i++];
      if (conditions_.hurried && config.compiled_at_run_time)
        notes_.push_back(
            fmt::format("{}: must be compiled at run time, which only a measured choice waits for", config.name));
      else if (auto plan = try_config(config))
        return plan;
    }
    if (configs.size() == 0) notes_.push_back("the heuristics suggest none" + catalogue_.failures());
    return nullptr;
  }

  std::shared_ptr<Plan> named(std::string_view name) {
    if (const auto key = parse_config_name(name)) return try_config(catalogue_.named(name, *key, target_));
    notes_.push_back(fmt::format("{} names none of its engines", name));
    return nullptr;
  }

  [[noreturn]] void fail() const {
    std::string text = "no configuration of cuDNN works";
    for (const std::string& note : notes_) text += "\n  " + note;
    throw Error(ErrorCode::Unsupported, text);
  }

 private:
  // Without querying the heuristics; they report those that are refused here.
  std::shared_ptr<Plan> first_known() {
    for (std::string_view name : strict_configs(problem_, cuda::device_properties(device_.index)))
      if (auto plan = known(name)) return plan;
    notes_.clear();
    return nullptr;
  }

  // Another cuDNN version may have no such engine, or none for this problem.
  std::shared_ptr<Plan> known(std::string_view name) {
    try {
      return named(name);
    } catch (const Error&) {
      return nullptr;
    }
  }

  bool fits(const EngineConfig& config) const {
    const auto limit = conditions_.workspace_limit;
    return !limit || config.workspace_bytes.value_or(0) <= *limit;
  }

  std::shared_ptr<Plan> try_config(EngineConfig& config) {
    if (config.refused.empty() && fits(config)) {
      try {
        ExecutionPlan built =
            config.is_built ? build_plan(problem_, config.name, target_) : build_plan(catalogue_, config, target_);
        if (fits(config)) return plan_of(config, std::move(built));
      } catch (const Error& error) {
        config.refused = error.what();
      }
    }
    std::string refused = config.refused;
    if (refused.empty())
      refused = fmt::format("needs a workspace of {} bytes; {} are left", *config.workspace_bytes,
                            *conditions_.workspace_limit);
    notes_.push_back(fmt::format("{}: {}", config.name, refused));
    return nullptr;
  }

  std::shared_ptr<Plan> plan_of(const EngineConfig& config, ExecutionPlan built) const {
    auto another = [problem = problem_, name = config.name](cudnnHandle_t handle) {
      return build_plan(problem, name, {.handle = handle});
    };
    return std::make_shared<CudnnPlan>(problem_, device_, config.name, std::move(built), std::move(another), notes_);
  }

  const ConvProblem& problem_;
  Device device_;
  Conditions conditions_;
  Target target_;
  Catalogue& catalogue_;
  std::vector<std::string> notes_;  // the configurations tried, and why they were not used
};

}  // namespace

bool is_variant(std::string_view name) { return name == by_heuristics || parse_config_name(name).has_value(); }

std::shared_ptr<Plan> find_plan(const ConvProblem& problem, Device device, Catalogue& catalogue,
                                std::string_view variant, const Conditions& conditions) {
  const cuda::DeviceGuard guard(device.index);
  Search search(problem, device, catalogue, conditions);
  const bool any = variant.empty() || variant == by_heuristics;
  auto plan = any ? search.first_that_works() : search.named(variant);
  if (!plan) search.fail();
  return plan;
}

}  // namespace faltung::cuda_cudnn

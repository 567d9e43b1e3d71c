#include "context/check_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/float_environment.h"

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& fact) { throw Error(ErrorCode::InvalidArgument, fact); }

void check_name(const std::string& name, const EngineList& engines) {
  const auto is_it = [&](const Registration& registration) { return registration.name == name; };
  if (std::any_of(engines.begin(), engines.end(), is_it)) return;
  std::vector<std::string_view> names;
  for (const Registration& registration : engines) names.push_back(registration.name);
  refuse(fmt::format("there is no engine '{}'; there are: {}", name, fmt::join(names, " ")));
}

}  // namespace

void check_numbers(const Policy& policy) {
  const DefaultFloatEnvironment scope;
  if (!(policy.measure_seconds >= 0))  // not a number is no key of a cache: it equals nothing
    refuse(fmt::format("policy.measure_seconds is {}; it is 0 or more", policy.measure_seconds));
  if (policy.threads < 0) refuse(fmt::format("policy.threads is {}; it is 0 or more", policy.threads));
  if (policy.effort > Effort::TunedOnly)
    refuse(fmt::format("policy.effort is {}; it is none of the four efforts", static_cast<int>(policy.effort)));
}

void check_names(const Policy& policy, const EngineList& engines) {
  if (!policy.only.empty()) check_name(policy.only, engines);
  for (const std::string& name : policy.without) check_name(name, engines);
}

}  // namespace faltung

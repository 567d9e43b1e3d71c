#include "plan/tuning_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/float_environment.h"
#include "base/isa_limit.h"
#include "device/backend.h"

namespace faltung {
namespace {

#ifdef NDEBUG
constexpr std::string_view build = "optimised";
#else
constexpr std::string_view build = "with-assertions";
#endif

std::string word(std::string_view text) {
  std::string one(text);
  for (char& letter : one)
    if (static_cast<unsigned char>(letter) <= ' ' || letter == 0x7f || letter == '#') letter = '_';
  return one;
}

// With the way of measuring: calls on warm caches, replays of a graph (measure/).
std::string cpu_words(const DeviceInfo& cpu) {
  return fmt::format("device=cpu name={} isa={} features={} measured={}", word(cpu.name), isa_in_use(),
                     fmt::join(cpu.features, "+"), backend_of(cpu.device.type).names().timing);
}

std::string gpu_words(const DeviceInfo& gpu) {
  const Backend& backend = backend_of(gpu.device.type);
  return fmt::format("device={} name={} capability={} multiprocessors={} driver={} measured={}", backend.names().name,
                     word(gpu.name), gpu.capability, gpu.sm_count, word(backend.versions(gpu.device.index).driver),
                     backend.names().timing);
}

}  // namespace

TuningKey tuning_key(const ConvProblem& problem, const Policy& policy, const DeviceInfo& device) {
  TuningKey key{problem, device.device.type == DeviceType::cpu ? device.threads : 0, policy.only, policy.without,
                policy.workspace_limit};
  std::sort(key.without.begin(), key.without.end());
  key.without.erase(std::unique(key.without.begin(), key.without.end()), key.without.end());
  return key;
}

TuningKey unrestricted(TuningKey key) { return {std::move(key.problem), key.threads, {}, {}, {}}; }

std::string tuning_environment(const EngineList& engines, const DeviceInfo& device) {
  const DefaultFloatEnvironment scope;
  std::string words = device.device.type == DeviceType::cpu ? cpu_words(device) : gpu_words(device);
  words += fmt::format(" build={}", build);
  for (const Registration& registration : engines) {
    if (!registration.engine || registration.engine->device() != device.device.type) continue;
    if (const std::string library = registration.engine->library(); !library.empty())
      words += fmt::format(" {}={}", registration.name, word(library));
  }
  return words;
}

std::string record_fault(const TuningRecord& record, const EngineList& engines) {
  const auto named = [&](const Registration& registration) { return registration.name == record.engine; };
  const auto found = std::find_if(engines.begin(), engines.end(), named);
  if (found == engines.end()) return fmt::format("there is no engine {}", record.engine);
  if (!found->engine || record.revision == 0 || record.revision == found->engine->revision()) return {};
  return fmt::format("measured with revision {} of {}, here {}", record.revision, record.engine,
                     found->engine->revision());
}

}  // namespace faltung

#include "engines/cuda/cudnn/choose/config_list.h"

#include <algorithm>
#include <utility>

namespace faltung::cuda_cudnn {

EngineConfig* ConfigList::find(std::string_view name) noexcept {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& config) { return config.name == name; });
  return found == all_.end() ? nullptr : &*found;
}

void ConfigList::add(EngineConfig config) {
  if (!find(config.name)) all_.push_back(std::move(config));
}

std::vector<std::string> ConfigList::names_to_try(std::size_t most) const {
  std::vector<std::string> ready, compiled;
  for (const EngineConfig& config : all_)
    if (config.refused.empty() && ready.size() + compiled.size() < most)
      (config.compiled_at_run_time ? compiled : ready).push_back(config.name);
  ready.insert(ready.end(), compiled.begin(), compiled.end());
  return ready;
}

}  // namespace faltung::cuda_cudnn

#include "support/device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "command.h"

namespace faltung::cli {
namespace {

Device parse_device(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string type = text.substr(0, colon);
  int index = 0;
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, index);
    if (error != std::errc{} || stop != end || index < 0)
      throw UsageError(fmt::format("--device {}: write cuda:0 or hip:0", text));
  }
  if (type == "cpu") return {DeviceType::cpu, index};
  if (type == "cuda") return {DeviceType::cuda, index};
  if (type == "hip") return {DeviceType::hip, index};
  throw UsageError(fmt::format("--device {}: there is no such device; there are: cpu cuda cuda:N hip hip:N", text));
}

}  // namespace

Context open_context(const EngineOptions& options) {
  Context context = options.device == "cpu" ? default_context() : Context(parse_device(options.device));
  for (const std::string& library : options.libraries) context.add_engine_library(library);
  std::vector<std::string> names;
  for (const EngineInfo& engine : context.engines()) names.push_back(engine.name);
  const auto check = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw UsageError(fmt::format("there is no engine '{}'; there are: {}", name, fmt::join(names, " ")));
  };
  if (!options.policy.only.empty()) check(options.policy.only);
  for (const std::string& name : options.policy.without) check(name);
  if (!options.tuning.empty()) context.load_tuning(options.tuning);
  return context;
}

std::vector<std::string> available_engines(const Context& context) {
  std::vector<std::string> names;
  for (const EngineInfo& engine : context.engines())
    if (engine.available) names.push_back(engine.name);
  return names;
}

Tensor on_device(const Tensor& tensor, Device device) {
  if (device.type == DeviceType::cpu || !tensor.defined) return tensor;
  Tensor there = Tensor::empty(tensor.sizes, tensor.dtype, MemoryFormat::contiguous, device);
  copy(tensor, there);
  return there;
}

Tensor on_host(const Tensor& tensor) {
  if (tensor.device.type == DeviceType::cpu) return tensor;
  Tensor here = Tensor::empty(tensor.sizes, tensor.dtype);
  copy(tensor, here);
  return here;
}

}  // namespace faltung::cli

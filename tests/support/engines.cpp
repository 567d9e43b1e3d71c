#include "support/engines.h"

#include <algorithm>
#include <map>

#include "device/backend.h"

namespace faltung::test {
namespace {

DeviceType made_for(const Registration& engine, Device otherwise) {
  if (engine.engine) return engine.engine->device().value_or(otherwise.type);
  return engine.name.starts_with("cuda.") ? DeviceType::cuda : DeviceType::cpu;
}

std::string as_test_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

}  // namespace

std::vector<Device> devices() {
  std::vector<Device> all{{DeviceType::cpu, 0}};
  for (int i = 0; i < std::max(backend_of(DeviceType::cuda).device_count(), 1); ++i)
    all.push_back({DeviceType::cuda, i});
  for (int i = 0; i < backend_of(DeviceType::hip).device_count(); ++i) all.push_back({DeviceType::hip, i});
  return all;
}

std::vector<EngineOnDevice> engines_on_devices() {
  std::vector<EngineOnDevice> all;
  for (const Device device : devices())
    for (const Registration& engine : built_in_engines())
      if (made_for(engine, device) == device.type) all.push_back({engine, device});
  return all;
}

std::string unavailable(Device device) { return std::string(backend_of(device.type).unavailable()); }

std::string unavailable(const EngineOnDevice& engine) {
  const std::string reason = engine.engine.unavailable();
  if (engine.engine.name == "rewrite.split") return "takes more than 2^31 elements; a unit test splits small problems";
  return reason.empty() ? unavailable(engine.device) : reason;
}

Context& context_on(Device device) {
  // Never destroyed: what vendors' libraries made for plans is not given back while a program ends.
  static auto& contexts = *new std::map<std::pair<DeviceType, int>, Context>;
  return contexts.try_emplace({device.type, device.index}, device).first->second;
}

std::string text_of(Device device) {
  const std::string type(name_of(device.type));
  return device.type == DeviceType::cpu ? type : type + ":" + std::to_string(device.index);
}

std::string device_test_name(Device device) { return as_test_name(text_of(device)); }

std::string engine_test_name(const testing::TestParamInfo<EngineOnDevice>& info) {
  return as_test_name(info.param.engine.name + "_" + text_of(info.param.device));
}

void PrintTo(const EngineOnDevice& engine, std::ostream* out) {
  *out << engine.engine.name << " on " << text_of(engine.device);
}

}  // namespace faltung::test

#include "arguments/devices.h"

#include <charconv>

#include "arguments/errors.h"
#include "arguments/parameters.h"

namespace faltung::python {

Device device_from(nb::handle name) {
  if (name.is_none()) return {};
  const std::string_view word = word_from(name, "device");
  const std::string_view type = word.substr(0, word.find(':'));
  Device device;
  if (type.size() < word.size()) {
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data() + type.size() + 1, end, device.index);
    if (stop != end || error != std::errc() || device.index < 0) refuse("device \"{}\" has no number", word);
  }
  for (const DeviceType known : {DeviceType::cpu, DeviceType::cuda, DeviceType::hip}) {
    device.type = known;
    if (type == name_of(known)) return device;
  }
  refuse("device \"{}\" is unknown; cpu, cuda and cuda:1 are devices, for instance", word.substr(0, 32));
}

std::string text_of(const Device& device) {
  return device.type == DeviceType::cpu ? "cpu" : fmt::format("{}:{}", name_of(device.type), device.index);
}

}  // namespace faltung::python

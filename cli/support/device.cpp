#include "support/device.h"

#include <fmt/format.h>

#include <charconv>

#include "command.h"

namespace faltung::cli {
namespace {

std::string& device_name() {
  static std::string name = "cpu";
  return name;
}

Device parse_device(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string type = text.substr(0, colon);
  int index = 0;
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, index);
    if (error != std::errc{} || stop != end || index < 0)
      throw UsageError(fmt::format("--device {}: write cuda:0", text));
  }
  if (type == "cpu") return {DeviceType::cpu, index};
  if (type == "cuda") return {DeviceType::cuda, index};
  throw UsageError(fmt::format("--device {}: there is no such device; there are: cpu cuda cuda:N", text));
}

}  // namespace

void add_device_option(App& app) { app.add_option("--device", device_name(), "cpu, cuda or cuda:N"); }

Context& context() {
  static Context chosen = device_name() == "cpu" ? default_context() : Context(parse_device(device_name()));
  return chosen;
}

Tensor on_device(const Tensor& tensor) {
  if (context().device().type == DeviceType::cpu || !tensor.defined) return tensor;
  Tensor there = Tensor::empty(tensor.sizes, tensor.dtype, MemoryFormat::contiguous, context().device());
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

#include "arguments/contexts.h"

#include <map>
#include <mutex>

#include "arguments/errors.h"
#include "arguments/parameters.h"

namespace faltung::python {
namespace {

struct Contexts {
  std::mutex mutex;
  std::map<Device, Context> of;
};

}  // namespace

Context& context_of(const Device& device) {
  if (device == Device{}) return default_context();
  static Contexts& contexts = *new Contexts;  // never destroyed: calls may come while the interpreter ends
  const std::lock_guard lock(contexts.mutex);
  const auto found = contexts.of.find(device);
  return found != contexts.of.end() ? found->second : contexts.of.try_emplace(device, device).first->second;
}

void* stream_of(const ArrayArgument& array, nb::handle given) {
  if (!given.is_none()) return reinterpret_cast<void*>(integer_from(given, "stream"));
  const Device device = array.view.device;
  if (device.type == DeviceType::cpu || !array.kind->exchange) return nullptr;
  void* stream = nullptr;
  const std::int32_t type = device.type == DeviceType::cuda ? kDLCUDA : kDLROCM;
  if (array.kind->exchange->current_stream(type, device.index, &stream) != 0) nb::raise_python_error();
  return stream;
}

}  // namespace faltung::python

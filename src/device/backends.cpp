#include <algorithm>

#include "device/backend.h"
#include "device/cpu/backend.h"
#include "device/cuda/backend.h"
#include "device/hip/backend.h"
#include "faltung/error.h"

namespace faltung {
namespace {

// THE LIST, in the order of DeviceType.
constexpr Kind kinds[] = {
    {DeviceType::cpu, &cpu::backend},
    {DeviceType::cuda, &cuda::backend},
    {DeviceType::hip, &hip::backend},
};

const Kind* find(DeviceType type) noexcept {
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(kinds) ? &kinds[index] : nullptr;
}

}  // namespace

const Backend& backend_of(DeviceType type) {
  if (const Kind* kind = find(type)) return kind->backend();
  throw Error(ErrorCode::InvalidArgument, "there is no such kind of device");
}

std::span<const Kind> kinds_of_device() noexcept { return kinds; }

std::string_view name_of(DeviceType type) noexcept {
  const Kind* kind = find(type);
  return kind ? kind->backend().names().name : "unknown";
}

std::optional<DeviceType> device_type_named(std::string_view name) noexcept {
  for (const Kind& kind : kinds)
    if (kind.backend().names().name == name) return kind.type;
  return std::nullopt;
}

}  // namespace faltung

#include "faltung/device.h"

#include <cstddef>

namespace faltung {

std::string_view name_of(DeviceType type) noexcept {
  static constexpr std::string_view names[] = {"cpu", "cuda", "hip"};
  return type <= DeviceType::hip ? names[static_cast<std::size_t>(type)] : "unknown";
}

}  // namespace faltung

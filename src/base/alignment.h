// Whether addresses are aligned.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/host_device.h"

namespace faltung {

FALTUNG_HOST_DEVICE inline bool lies_on(const void* pointer, std::size_t bytes) noexcept {
  return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

}  // namespace faltung

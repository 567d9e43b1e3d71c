// Addresses of the stand-ins' device memory: those of memory of the host, with a bit that no program's addresses have.
// Who reads or writes there without a copy to the host crashes, as on a GPU.
#pragma once

#include <cstdint>

namespace standin {

inline constexpr std::uintptr_t device_bit = std::uintptr_t{1} << 55;

inline bool is_on_device(const void* pointer) { return (reinterpret_cast<std::uintptr_t>(pointer) & device_bit) != 0; }
inline void* on_device(void* host) {
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(host) | device_bit);
}
// An address of the host stays what it is.
inline void* on_host(const void* pointer) {
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(pointer) & ~device_bit);
}

}  // namespace standin

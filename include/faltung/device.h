// Where work is done and in which order.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#pragma GCC visibility push(default)
namespace faltung {

enum class DeviceType : std::uint8_t { cpu, cuda, hip };
std::string_view name_of(DeviceType type) noexcept;  // "cpu", "cuda", "hip"

struct Device {
  DeviceType type = DeviceType::cpu;
  int index = 0;
  auto operator<=>(const Device&) const = default;
};

// Work is ordered on a stream. On the CPU everything is done when a call returns and `native` is unused.
struct Stream {
  Device device;
  void* native = nullptr;  // cudaStream_t, hipStream_t; null: the device's default stream
};

}  // namespace faltung
#pragma GCC visibility pop

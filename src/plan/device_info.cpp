#include "faltung/device_info.h"

#include <fmt/format.h>

#include <algorithm>

namespace faltung {

double Ceilings::of(DType type) const noexcept {
  switch (real_of(type)) {
    case DType::f64:
      return f64;
    case DType::f32:
      return f32;
    case DType::f16:
      return f16;
    case DType::bf16:
      return bf16;
    case DType::i8:
    case DType::u8:
      return i8;
    case DType::i32:
      return i32;
    case DType::i64:
      return i64;
    default:
      return 0;
  }
}

Ceilings Ceilings::times(double factor) const noexcept {
  Ceilings scaled = *this;
  for (double* each : {&scaled.f64, &scaled.f32, &scaled.f16, &scaled.bf16, &scaled.i8, &scaled.i32, &scaled.i64})
    *each *= factor;
  return scaled;
}

double DeviceInfo::ceiling(DType type, Unit unit) const noexcept {
  return (unit == Unit::vector ? vector : matrix).of(type);
}

bool DeviceInfo::has(std::string_view feature) const noexcept {
  return std::find(features.begin(), features.end(), feature) != features.end();
}

DeviceInfo device_info(Device device, int threads) {
  if (device.type == DeviceType::cpu && device.index == 0) return cpu_info(threads);
  if (device.type == DeviceType::cpu)
    throw Error(ErrorCode::InvalidArgument, fmt::format("there is no CPU {}; the CPU is device 0", device.index));
  if (device.type == DeviceType::cuda) return cuda_info(device.index);
  return hip_info(device.index);
}

}  // namespace faltung

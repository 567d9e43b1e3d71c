#include "faltung/device_info.h"

#include <algorithm>

#include "device/backend.h"

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

DeviceInfo device_info(Device device, int threads) { return backend_of(device.type).info(device.index, threads); }

DeviceInfo cuda_info(int index) { return device_info({DeviceType::cuda, index}); }

DeviceInfo hip_info(int index) { return device_info({DeviceType::hip, index}); }

}  // namespace faltung

// What is asked of the CUDA runtime about devices; device.h says what each means.
#pragma once

#include "base/cuda/device.h"

namespace faltung::cuda {

struct DeviceCalls {
  std::string_view (*unavailable)();
  int (*count)();
  const DeviceProperties& (*properties)(int index);
};

extern const DeviceCalls device_calls;

}  // namespace faltung::cuda

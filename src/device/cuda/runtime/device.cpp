#include "device/cuda/runtime/device.h"

#include <fmt/format.h>

#include <vector>

#include "base/never_destroyed.h"
#include "device/cuda/runtime/check.h"
#include "faltung/error.h"

namespace faltung::cuda {
namespace {

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

double attribute(int index, cudaDeviceAttr name) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, name, index), "cudaDeviceGetAttribute");
  return value;
}

DeviceProperties read(int index) {
  cudaDeviceProp found;
  check(cudaGetDeviceProperties(&found, index), "cudaGetDeviceProperties");
  DeviceProperties result{.name = found.name, .major = found.major, .minor = found.minor};
  result.multiprocessors = found.multiProcessorCount;
  result.hertz = 1e3 * attribute(index, cudaDevAttrClockRate);  // attributes are in kHz
  const double memory_hertz = 1e3 * attribute(index, cudaDevAttrMemoryClockRate);
  result.bytes_per_second = 2 * memory_hertz * found.memoryBusWidth / 8;  // double data rate
  result.memory_bytes = found.totalGlobalMem;
  result.l2_bytes = static_cast<std::size_t>(found.l2CacheSize);
  result.sm_shared_bytes = found.sharedMemPerMultiprocessor;
  result.block_shared_bytes = found.sharedMemPerBlockOptin;
  int driver = 0, runtime = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  result.driver = version_text(driver);
  result.runtime = version_text(runtime);
  return result;
}

struct Devices {
  std::string reason;
  std::vector<DeviceProperties> all;

  Devices() {
    int count = 0;
    const cudaError_t code = cudaGetDeviceCount(&count);
    if (code != cudaSuccess) {
      cudaGetLastError();
      int driver = 0;
      cudaDriverGetVersion(&driver);
      reason = driver == 0
                   ? "no NVIDIA driver is installed"
                   : fmt::format("CUDA finds no usable GPU: {} ({})", cudaGetErrorString(code), cudaGetErrorName(code));
    } else if (count == 0) {
      reason = "CUDA finds no GPU";
    }
    try {
      for (int i = 0; i < count && reason.empty(); ++i) all.push_back(read(i));
    } catch (const Error& error) {
      reason = error.what();
    }
  }
};

const Devices& devices() {
  static const NeverDestroyed<Devices> found;
  return *found;
}

}  // namespace

std::string_view unavailable() { return devices().reason; }

int device_count() { return devices().reason.empty() ? static_cast<int>(devices().all.size()) : 0; }

const DeviceProperties& device_properties(int index) {
  if (!devices().reason.empty()) throw Error(ErrorCode::Unsupported, devices().reason);
  if (index < 0 || index >= device_count())
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("there is no CUDA device {}; there are {}", index, device_count()));
  return devices().all[static_cast<std::size_t>(index)];
}

}  // namespace faltung::cuda

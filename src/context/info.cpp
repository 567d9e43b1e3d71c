#include "faltung/info.h"

#include <fmt/format.h>
#include <hwy/highway.h>

#include "base/cuda/device.h"
#include "faltung/version.h"
#include "plan/device_info.h"

namespace faltung {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

std::string mode() {
#ifdef NDEBUG
  return "optimised";
#else
  return "with assertions";
#endif
}

DeviceReport report(const DeviceInfo& device) {
  return {device.device,   device.name,     device.threads,  device.vector_bytes,
          device.features, device.l1_bytes, device.l2_bytes, device.l3_bytes};
}

}  // namespace

Info info() {
  Info all{.build = {version(), compiler(), mode()},
           .devices = {report(cpu_info())},
           .libraries = {{"Highway", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH), "linked"},
                         {"CUDA", "", std::string(cuda::unavailable())}}};
  for (int i = 0; i < cuda::device_count(); ++i) {
    all.devices.push_back(report(cuda_info(i)));
    const cuda::DeviceProperties& properties = cuda::device_properties(i);
    all.libraries.back() = {"CUDA", properties.runtime, fmt::format("linked; the driver has {}", properties.driver)};
  }
  return all;
}

}  // namespace faltung

#include "faltung/info.h"

#include <fmt/format.h>
#include <hwy/highway.h>
#include <omp.h>

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
  return {.build = {version(), compiler(), mode()},
          .devices = {report(cpu_info())},
          .libraries = {{"Highway", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH), "linked"},
                        {"OpenMP", fmt::format("specification of {}", _OPENMP), "linked"}}};
}

}  // namespace faltung

#include "faltung/info.h"

#include <fmt/format.h>
#include <hwy/highway.h>

#include "base/float_environment.h"
#include "base/isa_limit.h"
#include "device/backend.h"
#include "faltung/device_info.h"
#include "faltung/version.h"

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

std::vector<CeilingReport> ceilings_of(const DeviceInfo& device) {
  std::vector<CeilingReport> ceilings;
  for (const Unit unit : {Unit::vector, Unit::matrix})
    for (const DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i8, DType::i32, DType::i64}) {
      const double flops = device.ceiling(type, unit);
      const bool tf32 = unit == Unit::matrix && type == DType::f32;
      if (flops > 0)
        ceilings.push_back(
            {unit == Unit::vector ? "vector" : "matrix", tf32 ? "tf32" : std::string(name_of(type)), flops});
    }
  return ceilings;
}

DeviceReport report(const DeviceInfo& device) {
  DeviceReport report{.device = device.device,
                      .name = device.name,
                      .features = device.features,
                      .hertz = device.hertz,
                      .ceilings = ceilings_of(device),
                      .bytes_per_second = device.bytes_per_second,
                      .l2_bytes = device.l2_bytes,
                      .l1_bytes = device.l1_bytes,
                      .l3_bytes = device.l3_bytes};
  if (device.device.type == DeviceType::cpu) {
    report.threads = device.threads;
    report.isa = isa_in_use();
    report.max_isa = isa_limit().name;
  }
  report.vector_bytes = device.vector_bytes;
  report.sm_count = device.sm_count;
  report.sm_shared_bytes = device.sm_shared_bytes;
  report.block_shared_bytes = device.block_shared_bytes;
  return report;
}

// The runtime of a kind of device, by the version that all its devices have.
LibraryReport runtime_of(const Backend& backend) {
  const KindNames& names = backend.names();
  if (backend.device_count() == 0) return {std::string(names.title), "", std::string(backend.unavailable())};
  const RuntimeVersions versions = backend.versions(0);
  return {std::string(names.title), versions.runtime,
          fmt::format("{}; the driver has {}", names.runtime, versions.driver)};
}

}  // namespace

Info info() {
  const DefaultFloatEnvironment scope;
  Info all{.build = {version(), compiler(), mode()},
           .libraries = {{"Highway", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH), "linked"}}};
  for (const Kind& kind : kinds_of_device()) {
    const Backend& backend = kind.backend();
    for (int i = 0; i < backend.device_count(); ++i) all.devices.push_back(report(backend.info(i, 0)));
    if (!backend.names().runtime.empty()) all.libraries.push_back(runtime_of(backend));
  }
  return all;
}

}  // namespace faltung

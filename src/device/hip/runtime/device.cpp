#include "device/hip/runtime/device.h"

#include <fmt/format.h>

#include <vector>

#include "base/never_destroyed.h"
#include "device/hip/runtime/runtime.h"
#include "faltung/error.h"

namespace faltung::hip {
namespace {

// Major · 10^7 + minor · 10^5 + patch.
std::string version_text(int version) { return fmt::format("{}.{}", version / 10000000, version / 100000 % 100); }

// 0 for one that this version of the runtime does not know.
int attribute(int index, Attribute which) {
  int value = 0;
  return runtime().device_attribute(&value, which, index) == Status::success ? value : 0;
}

DeviceProperties read(int index) {
  const Runtime& hip = runtime();
  char name[256] = "";
  check(hip.device_name(name, sizeof name, index), "hipDeviceGetName");
  DeviceProperties result{.name = name, .major = attribute(index, Attribute::major)};
  result.minor = attribute(index, Attribute::minor);
  result.multiprocessors = attribute(index, Attribute::multiprocessors);
  result.hertz = 1e3 * attribute(index, Attribute::clock_kilohertz);
  result.bytes_per_second =  // double data rate
      2e3 * attribute(index, Attribute::memory_kilohertz) * attribute(index, Attribute::memory_bus_bits) / 8;
  result.l2_bytes = static_cast<std::size_t>(attribute(index, Attribute::l2_bytes));
  result.sm_shared_bytes = static_cast<std::size_t>(attribute(index, Attribute::multiprocessor_shared_bytes));
  result.block_shared_bytes = static_cast<std::size_t>(attribute(index, Attribute::block_shared_bytes));
  int driver = 0, version = 0;
  check(hip.driver_version(&driver), "hipDriverGetVersion");
  check(hip.runtime_version(&version), "hipRuntimeGetVersion");
  result.driver = version_text(driver);
  result.runtime = version_text(version);
  return result;
}

struct Devices {
  std::string reason{runtime_missing()};
  std::vector<DeviceProperties> all;

  Devices() {
    if (!reason.empty()) return;
    int count = 0;
    const Status status = runtime().device_count(&count);
    if (status != Status::success)
      reason = fmt::format("HIP finds no usable GPU: {}", runtime().error_string(status));
    else if (count == 0)
      reason = "HIP finds no GPU";
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
                fmt::format("there is no HIP device {}; there are {}", index, device_count()));
  return devices().all[static_cast<std::size_t>(index)];
}

}  // namespace faltung::hip

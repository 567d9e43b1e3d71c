// The GPUs that HIP sees. The runtime is opened by the first question.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faltung::hip {

// Reason why HIP cannot be used: no runtime, no device. Empty if it can. Determined once; valid until the program ends.
std::string_view unavailable();

struct DeviceProperties {
  std::string name;
  int major = 0, minor = 0;  // of the architecture: 9.4 is gfx94x
  int multiprocessors = 0;   // compute units
  double hertz = 0;
  double bytes_per_second = 0;  // memory bandwidth, from clock and bus width
  std::size_t l2_bytes = 0;
  std::size_t sm_shared_bytes = 0, block_shared_bytes = 0;  // of a compute unit; the most of a block
  std::string driver, runtime;                              // versions: "6.2"
};

int device_count();  // 0 where HIP is unavailable

// Throws Unsupported with the reason where HIP is unavailable, InvalidArgument where there is no such device.
const DeviceProperties& device_properties(int index);

}  // namespace faltung::hip

// The GPUs that CUDA sees, for what belongs to `faltung::cuda`; the rest of the library asks backend_of(). Includes no
// CUDA header.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faltung::cuda {

// Reason why CUDA cannot be used: no driver, no device. Empty if it can. Determined once; valid
// until the program ends.
std::string_view unavailable();

struct DeviceProperties {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0;
  double hertz = 0;             // SM clock
  double bytes_per_second = 0;  // memory bandwidth, from clock and bus width
  std::size_t memory_bytes = 0, l2_bytes = 0;
  std::size_t sm_shared_bytes = 0, block_shared_bytes = 0;  // of an SM; the most that a block can opt in to
  std::string driver, runtime;                              // versions: "13.0"
};

int device_count();  // 0 where CUDA is unavailable

// Throws Unsupported with the reason where CUDA is unavailable, InvalidArgument where there is no such device.
const DeviceProperties& device_properties(int index);

}  // namespace faltung::cuda

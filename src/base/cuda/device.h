// The GPUs that CUDA sees. Needs no CUDA header: builds without CUDA have it too and see none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faltung::cuda {

// Why CUDA cannot be used here: not built, no driver, no device. Empty if it can. Asked once; lives for the program.
std::string_view unavailable();

struct DeviceProperties {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0;
  double hertz = 0;                                              // of the multiprocessors
  double bytes_per_second = 0;                                   // of the memory, by its clock and width
  std::size_t memory_bytes = 0, l2_bytes = 0, shared_bytes = 0;  // shared: that a block may ask for
  std::string driver, runtime;                                   // versions: "13.0"
};

int device_count();  // 0 where CUDA is unavailable

// Throws Unsupported with the reason where CUDA is unavailable, InvalidArgument where there is no such device.
const DeviceProperties& device_properties(int index);

}  // namespace faltung::cuda

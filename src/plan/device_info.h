// What a device can do, for estimates. The CPU's comes from the processor itself and a small table.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "faltung/tensor.h"

namespace faltung {

struct DeviceInfo {
  Device device;
  std::string name;                     // as the processor calls itself
  int threads = 1;                      // how many a plan may use
  int vector_bytes = 16;                // of the widest registers
  double flops_f32 = 0, flops_f64 = 0;  // multiply-add ceilings over `threads`, FLOP/s
  double bytes_per_second = 0;          // main memory
  std::size_t l1_bytes = 32 << 10, l2_bytes = 512 << 10, l3_bytes = 8 << 20;  // a core's, a core's, shared
  std::vector<std::string> features;                                          // "avx2", "avx512f", …
  int capability = 0;  // compute capability of a CUDA device: 10 · major + minor
};

// threads: 0 for all of the library's own pool.
DeviceInfo cpu_info(int threads = 0);

// `threads` are multiprocessors, l1_bytes what a block may have of shared memory. Throws as device_info().
DeviceInfo cuda_info(int index);

// Throws InvalidArgument or Unsupported where there is no such device.
DeviceInfo device_info(Device device, int threads = 0);

}  // namespace faltung

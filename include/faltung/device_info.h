// What a device can do: the numbers that estimates and the sizes of tiles are made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

enum class Unit : std::uint8_t {
  vector,  // registers of numbers side by side; a GPU's ordinary cores
  matrix,  // small matrices at once: AMX, tensor cores. There f32 means TF32.
};

// Of one kind of unit, by the type that is multiplied: FLOP/s, a multiply-add being two. 0: it cannot.
struct Ceilings {
  double f64 = 0, f32 = 0, f16 = 0, bf16 = 0, i8 = 0, i32 = 0, i64 = 0;
  double of(DType type) const noexcept;  // of a complex type: its parts'
  Ceilings times(double factor) const noexcept;
};

struct DeviceInfo {
  Device device;
  std::string name;                   // as the processor calls itself
  std::vector<std::string> features;  // "avx2", "avx512f", …, "sm_90"
  double hertz = 0;                   // of a core or a multiprocessor

  Ceilings vector, matrix;           // over all `threads`, or over all multiprocessors
  double bytes_per_second = 0;       // of main memory, as a copy reaches it, bytes read and written added up
  std::size_t l2_bytes = 512 << 10;  // a core's; a GPU's whole

  // Of a CPU.
  int threads = 1;                                      // how many a plan may use
  bool threads_are_lent = false;                        // an application's executor has them
  int vector_bytes = 0;                                 // of the widest registers
  std::size_t l1_bytes = 32 << 10, l3_bytes = 8 << 20;  // a core's; shared by cores

  // Of a GPU.
  int sm_count = 0;                                         // multiprocessors
  std::size_t sm_shared_bytes = 0, block_shared_bytes = 0;  // shared memory of a multiprocessor; the most of a block
  int capability = 0;                                       // 10 · major + minor: CUDA's, or of gfx<major><minor>…

  double ceiling(DType type, Unit unit) const noexcept;
  bool has(std::string_view feature) const noexcept;
};

// threads: 0 for all of the library's own pool.
DeviceInfo cpu_info(int threads = 0);

// Throw as device_info().
DeviceInfo cuda_info(int index);
DeviceInfo hip_info(int index);

// Throws InvalidArgument or Unsupported where there is no such device.
DeviceInfo device_info(Device device, int threads = 0);

}  // namespace faltung
#pragma GCC visibility pop

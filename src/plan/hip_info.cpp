#include <fmt/format.h>

#include <array>

#include "base/hip/device.h"
#include "faltung/device_info.h"

namespace faltung {
namespace {

// Multiply-adds a cycle of a compute unit, from the data sheets of Radeon VII, MI100, MI250X, MI300X and RX 7900 XTX,
// divided by compute units and boost clock. A chip that is not listed is like the one listed before it.
struct Chip {
  int capability;
  Ceilings vector, matrix;
};
constexpr std::array<Chip, 4> chips{{
    {90,  // gfx900 … gfx90a
     {.f64 = 32, .f32 = 64, .f16 = 128, .bf16 = 64, .i8 = 128, .i32 = 16, .i64 = 4},
     {.f16 = 512, .bf16 = 512, .i8 = 512}},
    {94,  // gfx942
     {.f64 = 64, .f32 = 128, .f16 = 128, .bf16 = 128, .i8 = 128, .i32 = 16, .i64 = 4},
     {.f16 = 1024, .bf16 = 1024, .i8 = 2048}},
    {100, {.f64 = 4, .f32 = 64, .f16 = 128, .bf16 = 64, .i8 = 128, .i32 = 16, .i64 = 4}, {}},
    {110,
     {.f64 = 4, .f32 = 128, .f16 = 256, .bf16 = 128, .i8 = 256, .i32 = 16, .i64 = 4},
     {.f16 = 256, .bf16 = 256, .i8 = 256}},
}};

const Chip& chip_of(int capability) {
  const Chip* found = &chips[0];
  for (const Chip& chip : chips)
    if (chip.capability <= capability) found = &chip;
  return *found;
}

constexpr double copy_share = 0.8;  // of what clock and width of the memory allow; not measured

}  // namespace

DeviceInfo hip_info(int index) {
  const hip::DeviceProperties& properties = hip::device_properties(index);
  DeviceInfo info{.device = {DeviceType::hip, index}, .name = properties.name, .hertz = properties.hertz};
  info.features.push_back(fmt::format("gfx{}{}", properties.major, properties.minor));
  info.capability = 10 * properties.major + properties.minor;
  info.sm_count = properties.multiprocessors;
  info.sm_shared_bytes = properties.sm_shared_bytes;
  info.block_shared_bytes = properties.block_shared_bytes;
  info.l1_bytes = info.l3_bytes = 0;
  info.l2_bytes = properties.l2_bytes;
  info.bytes_per_second = copy_share * properties.bytes_per_second;
  const Chip& chip = chip_of(info.capability);
  const double flops = 2 * properties.multiprocessors * properties.hertz;
  info.vector = chip.vector.times(flops);
  info.matrix = chip.matrix.times(flops);
  return info;
}

}  // namespace faltung

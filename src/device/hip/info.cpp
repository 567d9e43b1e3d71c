#include "device/hip/info.h"

#include <fmt/format.h>

#include <array>

#include "device/hip/runtime/device.h"
#include "plan/gpu_info.h"

namespace faltung::hip {
namespace {

// Multiply-adds a cycle of a compute unit, from the data sheets of Radeon VII, MI100, MI250X, MI300X and RX 7900 XTX,
// divided by compute units and boost clock.
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

constexpr double copy_share = 0.8;  // of what clock and width of the memory allow; not measured

}  // namespace

DeviceInfo info_of(int index) {
  const DeviceProperties& properties = device_properties(index);
  return gpu_info({DeviceType::hip, index}, properties, fmt::format("gfx{}{}", properties.major, properties.minor),
                  chips, copy_share);
}

}  // namespace faltung::hip

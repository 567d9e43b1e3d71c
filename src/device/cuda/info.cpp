#include "device/cuda/info.h"

#include <fmt/format.h>

#include <array>

#include "device/cuda/runtime/device.h"
#include "plan/gpu_info.h"

namespace faltung::cuda {
namespace {

// Multiply-adds a cycle of a multiprocessor. Vector units: CUDA C++ Programming Guide, throughput of native arithmetic
// instructions (int8 by dp4a, four products each). Tensor cores, dense, sums in f32 or i32: the data sheets of V100,
// T4, A100, A40, L40S, H100, B200 and RTX PRO 6000, divided by multiprocessors and boost clock.
constexpr std::array<Chip, 10> chips{{
    {50, {.f64 = 4, .f32 = 128, .f16 = 0, .bf16 = 0, .i8 = 0, .i32 = 32, .i64 = 8}, {}},
    {60, {.f64 = 32, .f32 = 64, .f16 = 128, .bf16 = 0, .i8 = 0, .i32 = 16, .i64 = 4}, {}},
    {61, {.f64 = 4, .f32 = 128, .f16 = 2, .bf16 = 0, .i8 = 256, .i32 = 32, .i64 = 8}, {}},
    {70, {.f64 = 32, .f32 = 64, .f16 = 128, .bf16 = 0, .i8 = 256, .i32 = 64, .i64 = 16}, {.f16 = 512}},
    {75, {.f64 = 2, .f32 = 64, .f16 = 128, .bf16 = 0, .i8 = 256, .i32 = 64, .i64 = 16}, {.f16 = 512, .i8 = 1024}},
    {80,
     {.f64 = 32, .f32 = 64, .f16 = 256, .bf16 = 128, .i8 = 256, .i32 = 64, .i64 = 16},
     {.f64 = 64, .f32 = 512, .f16 = 1024, .bf16 = 1024, .i8 = 2048}},
    {86,
     {.f64 = 2, .f32 = 128, .f16 = 128, .bf16 = 128, .i8 = 256, .i32 = 64, .i64 = 16},
     {.f32 = 256, .f16 = 512, .bf16 = 512, .i8 = 1024}},
    {90,
     {.f64 = 64, .f32 = 128, .f16 = 256, .bf16 = 256, .i8 = 256, .i32 = 64, .i64 = 16},
     {.f64 = 128, .f32 = 1024, .f16 = 2048, .bf16 = 2048, .i8 = 4096}},
    {100,
     {.f64 = 64, .f32 = 128, .f16 = 256, .bf16 = 256, .i8 = 256, .i32 = 64, .i64 = 16},
     {.f64 = 64, .f32 = 2048, .f16 = 4096, .bf16 = 4096, .i8 = 8192}},
    {120,
     {.f64 = 2, .f32 = 128, .f16 = 128, .bf16 = 128, .i8 = 256, .i32 = 64, .i64 = 16},
     {.f32 = 256, .f16 = 512, .bf16 = 512, .i8 = 1024}},
}};

// The share of what clock and width of the memory allow that a copy reaches, measured on an H100 and an H200.
constexpr double copy_share = 0.9;

}  // namespace

DeviceInfo info_of(int index) {
  const DeviceProperties& properties = device_properties(index);
  return gpu_info({DeviceType::cuda, index}, properties, fmt::format("sm_{}{}", properties.major, properties.minor),
                  chips, copy_share);
}

}  // namespace faltung::cuda

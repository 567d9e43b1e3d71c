#include "plan/device_info.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include "base/cuda/device.h"
#include "base/parallel_for.h"

namespace faltung {
namespace {

// First value of a key in /proc/cpuinfo; empty where there is none (other systems, Arm's "model name").
std::string cpuinfo(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && line.starts_with(key)) return line.substr(std::min(line.size(), colon + 2));
  }
  return {};
}

std::size_t cache_bytes(int index, std::size_t otherwise) {
  std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", index));
  std::size_t size = 0;
  char unit = 0;
  if (!(file >> size)) return otherwise;
  file >> unit;
  return unit == 'K' ? size << 10 : unit == 'M' ? size << 20 : size;
}

// Vector width in bytes and fused multiply-adds a cycle, by feature, best first.
struct Width {
  std::string_view feature;
  int vector_bytes;
  double multiply_adds;  // vector instructions a cycle
};
constexpr std::array<Width, 4> widths{{{"avx512f", 64, 2}, {"avx2", 32, 2}, {"sse2", 16, 0.5}, {"asimd", 16, 2}}};
constexpr double typical_hertz = 3.0e9;
constexpr double bytes_per_second_per_core = 10e9;

DeviceInfo read_cpu() {
  DeviceInfo info;
  info.name = cpuinfo("model name");
  if (info.name.empty()) info.name = "CPU";
  const std::string flags = " " + cpuinfo("flags") + cpuinfo("Features") + " ";
  const auto has = [&flags](std::string_view name) {
    return flags.find(fmt::format(" {} ", name)) != std::string::npos;
  };
  for (std::string_view feature :
       {"sse4_2", "avx2", "fma", "f16c", "avx512f", "avx512_bf16", "avx512_fp16", "avx512_vnni", "amx_tile", "amx_bf16",
        "amx_int8", "asimd", "asimdhp", "bf16", "sve"})
    if (has(feature)) info.features.emplace_back(feature);
  double per_core = 4 * typical_hertz;
  for (const Width& width : widths)
    if (has(width.feature)) {
      info.vector_bytes = width.vector_bytes;
      per_core = width.multiply_adds * 2 * width.vector_bytes / 4 * typical_hertz;
      break;
    }
  info.flops_f32 = per_core;  // of one core here; cpu_info() multiplies
  info.flops_f64 = per_core / 2;
  info.bytes_per_second = bytes_per_second_per_core;
  info.l1_bytes = cache_bytes(0, info.l1_bytes);
  info.l2_bytes = cache_bytes(2, info.l2_bytes);
  info.l3_bytes = cache_bytes(3, info.l3_bytes);
  return info;
}

}  // namespace

DeviceInfo cuda_info(int index) {
  const cuda::DeviceProperties& properties = cuda::device_properties(index);
  DeviceInfo info{.device = {DeviceType::cuda, index}, .name = properties.name};
  info.threads = properties.multiprocessors;
  info.capability = 10 * properties.major + properties.minor;
  info.features.push_back(fmt::format("sm_{}{}", properties.major, properties.minor));
  // Outside of tensor cores: 128 multiply-adds a cycle in f32; in f64 half as many on the large chips, else two.
  const double cycles = properties.multiprocessors * properties.hertz;
  const bool large = properties.minor == 0 && properties.major >= 6;
  info.flops_f32 = 2 * 128 * cycles;
  info.flops_f64 = large ? info.flops_f32 / 2 : 2 * 2 * cycles;
  info.bytes_per_second = properties.bytes_per_second;
  info.l1_bytes = properties.shared_bytes;
  info.l2_bytes = properties.l2_bytes;
  info.l3_bytes = 0;
  return info;
}

DeviceInfo cpu_info(int threads) {
  static const DeviceInfo one_core = read_cpu();
  DeviceInfo info = one_core;
  info.threads = threads > 0 ? threads : most_threads({});
  info.flops_f32 *= info.threads;
  info.flops_f64 *= info.threads;
  info.bytes_per_second *= info.threads;
  return info;
}

DeviceInfo device_info(Device device, int threads) {
  if (device.type == DeviceType::cpu && device.index == 0) return cpu_info(threads);
  if (device.type == DeviceType::cpu)
    throw Error(ErrorCode::InvalidArgument, fmt::format("there is no CPU {}; the CPU is device 0", device.index));
  if (device.type == DeviceType::cuda) return cuda_info(device.index);
  throw Error(ErrorCode::Unsupported, "this build has no engine for AMD's GPUs");
}

}  // namespace faltung

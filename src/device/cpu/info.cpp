#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "base/core_clock.h"
#include "base/isa_limit.h"
#include "base/never_destroyed.h"
#include "base/parallel_for.h"
#include "faltung/device_info.h"

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

template <class T>
T first_word(const std::string& path) {
  T word{};
  std::ifstream(path) >> word;
  return word;
}

// Of the data cache of a level, as core 0 sees it.
std::size_t cache_bytes(int level, std::size_t otherwise) {
  for (int index = 0; index < 8; ++index) {
    const std::string cache = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    if (first_word<int>(cache + "level") != level || first_word<std::string>(cache + "type") == "Instruction") continue;
    std::size_t size = 0;
    char unit = 0;
    std::ifstream(cache + "size") >> size >> unit;
    return unit == 'K' ? size << 10 : unit == 'M' ? size << 20 : size;
  }
  return otherwise;
}

// Vector instructions, best first. Multiply-adds are instructions a cycle. Sources: the vendors' optimisation guides
// (Intel 64 and IA-32; AMD families 19h and 1Ah; Arm Neoverse N1, V1).
struct Isa {
  std::string_view feature;
  int vector_bytes;
  double multiply_adds;
};
constexpr std::array<Isa, 4> isas{{{"avx512f", 64, 2}, {"avx2", 32, 2}, {"sse2", 16, 0.5}, {"asimd", 16, 2}}};

// How many times as many products as of f32 an instruction of a narrow type makes.
struct NarrowIsa {
  std::string_view feature;
  double Ceilings::*type;
  double times_f32;
};
constexpr std::array<NarrowIsa, 6> narrow_isas{{{"avx512_fp16", &Ceilings::f16, 2},
                                                {"asimdhp", &Ceilings::f16, 2},
                                                {"bf16", &Ceilings::bf16, 2},
                                                {"avx512_vnni", &Ceilings::i8, 4},
                                                {"avx_vnni", &Ceilings::i8, 4},
                                                {"asimddp", &Ceilings::i8, 4}}};

// AMX, FLOP a cycle of a core: 16 × 16 sums of 32 products in bf16 or f16 every 16 cycles, of 64 in int8 (Intel 64 and
// IA-32 Optimization Reference Manual, chapter on AMX).
struct MatrixIsa {
  std::string_view feature;
  double Ceilings::*type;
  double flops;
};
constexpr std::array<MatrixIsa, 3> matrix_isas{
    {{"amx_bf16", &Ceilings::bf16, 1024}, {"amx_fp16", &Ceilings::f16, 1024}, {"amx_int8", &Ceilings::i8, 2048}}};

constexpr double typical_hertz = 3.0e9;  // where the clock cannot be measured
constexpr double bytes_per_second_per_core = 10e9;

constexpr std::string_view features_told[] = {
    "sse4_2",   "avx2",     "fma",      "f16c",     "avx512f", "avx512_bf16", "avx512_fp16", "avx512_vnni", "avx_vnni",
    "amx_tile", "amx_bf16", "amx_fp16", "amx_int8", "asimd",   "asimdhp",     "asimddp",     "bf16",        "sve"};

bool is_amd() { return cpuinfo("vendor_id") == "AuthenticAMD"; }
// Zen 4 has registers of 64 bytes and units of 32.
bool halves_wide_vectors() { return is_amd() && cpuinfo("cpu family") == "25"; }

// FLOP a cycle of a core. Types without instructions of their own are converted to f32, small integers to 32 bits,
// which take a multiplication and an addition; 64-bit products are put together from several.
Ceilings vector_flops(const DeviceInfo& info, const Isa& isa) {
  const bool half_wide = isa.vector_bytes == 64 && halves_wide_vectors();
  const double f32 = 2 * isa.multiply_adds * isa.vector_bytes / 4 / (half_wide ? 2 : 1);
  Ceilings flops{.f64 = f32 / 2, .f32 = f32, .f16 = f32, .bf16 = f32, .i8 = f32 / 2, .i32 = f32 / 2, .i64 = f32 / 8};
  for (const NarrowIsa& narrow : narrow_isas)
    if (info.has(narrow.feature)) flops.*narrow.type = narrow.times_f32 * f32;
  // Twice as many products an instruction; Intel's processors have one port for it, not two.
  if (info.has("avx512_bf16") && is_amd()) flops.bf16 = 2 * f32;
  return flops;
}

void set_ceilings(DeviceInfo& info, bool has_sse2) {
  const double hertz = info.hertz;
  info.vector = Ceilings{.f64 = 1, .f32 = 1, .f16 = 1, .bf16 = 1, .i8 = 1, .i32 = 1, .i64 = 1}.times(hertz);
  for (const Isa& isa : isas) {
    if (!info.has(isa.feature) && !(has_sse2 && isa.feature == "sse2")) continue;
    info.vector_bytes = isa.vector_bytes;
    info.vector = vector_flops(info, isa).times(hertz);
    break;
  }
  for (const MatrixIsa& isa : matrix_isas)
    if (info.has(isa.feature)) info.matrix.*isa.type = isa.flops * hertz;
}

DeviceInfo read_one_core() {
  DeviceInfo info{.name = cpuinfo("model name"), .hertz = core_hertz() > 0 ? core_hertz() : typical_hertz};
  if (info.name.empty()) info.name = "CPU";
  const std::string flags = fmt::format(" {}{} ", cpuinfo("flags"), cpuinfo("Features"));
  const auto has = [&flags](std::string_view name) {
    return flags.find(fmt::format(" {} ", name)) != std::string::npos;
  };
  const IsaLimit& limit = isa_limit();
  for (std::string_view feature : features_told)
    if (has(feature) && limit.allows(feature)) info.features.emplace_back(feature);
  set_ceilings(info, has("sse2"));
  info.bytes_per_second = bytes_per_second_per_core;
  info.l1_bytes = cache_bytes(1, info.l1_bytes);
  info.l2_bytes = cache_bytes(2, info.l2_bytes);
  info.l3_bytes = cache_bytes(3, info.l3_bytes);
  return info;
}

}  // namespace

DeviceInfo cpu_info(int threads) {
  static const NeverDestroyed<DeviceInfo> read(read_one_core());
  const DeviceInfo& one_core = *read;
  DeviceInfo info = one_core;
  info.threads = threads > 0 ? threads : most_threads({});
  info.vector = one_core.vector.times(info.threads);
  info.matrix = one_core.matrix.times(info.threads);
  info.bytes_per_second *= info.threads;
  return info;
}

}  // namespace faltung

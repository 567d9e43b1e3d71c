// What steps take on one thread, measured on a Zen 5 with AVX-512.
#pragma once

#include <algorithm>
#include <cstdint>

#include "faltung/device_info.h"
#include "faltung/problem.h"

namespace faltung::cpu_winograd {

inline constexpr double move_cycles = 0.9;     // of loading or storing a vector, the arithmetic between included
inline constexpr double turn_cycles = 0.35;    // of a number that changes places with others
inline constexpr double convert_cycles = 0.3;  // of a number
inline constexpr double call_cycles = 20;      // of the micro-kernel beside its loop and its sums
inline constexpr double latency = 4;           // between a multiply-add and the next to the same sum
inline constexpr double best_share = 0.9;      // of the multiply-adds that a cycle has room for
inline constexpr double memory_rates = 1.5;    // a stream that is read, beside a copy
inline constexpr double l2_bytes_per_cycle = 32, l3_bytes_per_cycle = 10;

// Bytes a cycle of what is as large as that.
inline double rate(const DeviceInfo& device, double bytes) {
  if (bytes < static_cast<double>(device.l2_bytes) / 2) return l2_bytes_per_cycle;
  return bytes < static_cast<double>(device.l3_bytes) / 2
             ? l3_bytes_per_cycle
             : memory_rates * device.bytes_per_second / device.threads / device.hertz;
}

inline double as_double(std::int64_t value) { return static_cast<double>(value); }

// Of all operands, each read or written once: near, they come while others are worked on, by half.
inline double operand_seconds(const DeviceInfo& device, double bytes) {
  if (bytes < static_cast<double>(device.l3_bytes) / 2) return bytes / (2 * l3_bytes_per_cycle) / device.hertz;
  return bytes * device.threads / device.bytes_per_second;
}

// Vectors of multiply-adds a cycle.
inline double multiply_adds_of(const DeviceInfo& device, std::int64_t number_bytes, std::int64_t lanes) {
  const DType type = number_bytes == 8 ? DType::f64 : DType::f32;
  return device.ceiling(type, Unit::vector) / device.threads / device.hertz / (2 * as_double(lanes));
}

// All steps, beside what they take where products are long: with so few channels these hide nothing of the moves, and
// steps take 1.1 to 2.6 times as long.
inline double few_channels_share(const Geometry& g) {
  constexpr std::int64_t few = 4;
  return std::min(g.in_channels, g.out_channels) <= few ? 1.6 : 1;
}

// Of a vector of an operand's elements on the way to or from the lanes.
inline double carrying_cycles(std::int64_t channel_stride, bool converts, std::int64_t lanes) {
  const double numbers = as_double(lanes);
  return (channel_stride == 1 ? 0 : turn_cycles * numbers) +
         (converts ? convert_cycles * numbers + 2 * move_cycles : 0);
}

}  // namespace faltung::cpu_winograd

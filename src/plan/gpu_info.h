// What the figures of GPUs of any kind are made from.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "faltung/device_info.h"

namespace faltung {

// Multiply-adds a cycle of a multiprocessor. Of matrix units f32 is TF32.
struct Chip {
  int capability;
  Ceilings vector, matrix;
};

// `chips` are sorted; one that is not listed is like the one listed before it. copy_share: of what clock and width of
// the memory allow, as a copy reaches it. Properties: of device/cuda/runtime or device/hip/runtime.
template <class Properties>
DeviceInfo gpu_info(Device device, const Properties& properties, std::string feature, std::span<const Chip> chips,
                    double copy_share) {
  DeviceInfo info{.device = device, .name = properties.name, .hertz = properties.hertz};
  info.features.push_back(std::move(feature));
  info.capability = 10 * properties.major + properties.minor;
  info.sm_count = properties.multiprocessors;
  info.sm_shared_bytes = properties.sm_shared_bytes;
  info.block_shared_bytes = properties.block_shared_bytes;
  info.l1_bytes = info.l3_bytes = 0;
  info.l2_bytes = properties.l2_bytes;
  info.bytes_per_second = copy_share * properties.bytes_per_second;
  const Chip* found = &chips.front();
  for (const Chip& chip : chips)
    if (chip.capability <= info.capability) found = &chip;
  const double flops = 2 * properties.multiprocessors * properties.hertz;
  info.vector = found->vector.times(flops);
  info.matrix = found->matrix.times(flops);
  return info;
}

}  // namespace faltung

// The pointers of a run, as cuDNN takes them.
#pragma once

#include <cstdint>

#include "engines/cuda/cudnn/descriptor.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct Pointers {
  std::uint64_t plan = 0;  // its serial number
  void* x = nullptr;
  void* w = nullptr;
  void* y = nullptr;
  const void* bias = nullptr;
  const void* z = nullptr;
  void* workspace = nullptr;
  float alpha = 1;
  bool operator==(const Pointers&) const = default;
};

// For the calling thread's next run. Whoever runs one plan with the same pointers again gets the same descriptor.
cudnnBackendDescriptor_t variant_pack(const Pointers& pointers, const Epilogue& epilogue);

}  // namespace faltung::cuda_cudnn

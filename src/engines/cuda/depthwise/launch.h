// What the launches of all kernels use.
#pragma once

#include <cuda_runtime.h>

#include "device/cuda/code/element.h"
#include "device/cuda/runtime/check.h"
#include "engines/cuda/depthwise/filters.h"
#include "engines/cuda/depthwise/gather.h"

namespace faltung::cuda_depthwise {

// The most dynamic shared memory that a block can opt in to on the current device.
inline int block_shared_bytes() {
  int device = 0, bytes = 0;
  cuda::check(cudaGetDevice(&device), "cudaGetDevice");
  cuda::check(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
              "cudaDeviceGetAttribute");
  return bytes;
}

// Allows a kernel more than 48 KiB of dynamic shared memory.
template <class Kernel>
void allow_shared(Kernel* kernel, int bytes) {
  cuda::check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
              "cuda.depthwise: shared memory");
}

// Calls body(T{}) with the device's element type.
template <class Body>
void with_dtype(DType dtype, Body&& body) {
  if (dtype == DType::f32)
    body(float{});
  else if (dtype == DType::f64)
    body(double{});
  else if (dtype == DType::f16)
    body(__half{});
  else
    body(__nv_bfloat16{});
}

// Calls body(F{}, T{}) with the filter's type as well.
template <class Body>
void with_kernel(const Launch& m, Body&& body) {
  with_filter(m.filter_h, m.filter_w, m.stride,
              [&](auto filter) { with_dtype(m.dtype, [&](auto element) { body(filter, element); }); });
}

template <class T>
WeightSums<T> sums_of(const Launch& m, const Work& work) {
  return {m.gather, work.filter, static_cast<typename WeightSums<T>::Sum*>(work.partial)};
}
template <class T>
const T* source_of(const Work& work) {
  return static_cast<const T*>(work.source);
}
template <class T>
T* target_of(const Work& work) {
  return static_cast<T*>(work.target);
}

}  // namespace faltung::cuda_depthwise

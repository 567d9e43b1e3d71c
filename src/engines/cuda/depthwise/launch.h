// Launch helpers. Each kernel has a .cu file of its own so that they compile in parallel.
#pragma once

#include <cuda_runtime.h>

#include "base/cuda/check.h"
#include "engines/cuda/depthwise/filters.h"
#include "engines/cuda/depthwise/gather.h"
#include "engines/cuda/depthwise/method.h"
#include "tensor/cuda/element.h"

namespace faltung::cuda_depthwise {

// Pointers of a run with the plan's filter. source and target: of window sums, or x and y of a weight gradient.
struct Work {
  const void* source;
  Filter filter;
  void* target;
  FinishArgs finish;
  void* partial;
  cudaStream_t stream;
};

void launch_nchw_tiles(const Method& m, const Work& work);
void launch_nchw_small_planes(const Method& m, const Work& work);
void launch_nchw_pipelined(const Method& m, const Work& work);
void launch_nchw_any_filter(const Method& m, const Work& work);
void launch_generic_window(const Method& m, const Work& work);
void launch_nchw_dgrad_stride2(const Method& m, const Work& work);
void launch_nchw_wgrad(const Method& m, const Work& work);
void launch_nhwc_strips(const Method& m, const Work& work);
void launch_nhwc_mma(const Method& m, const Work& work);
void launch_nhwc_rows_tma(const Method& m, const Work& work);
void launch_nhwc_box_tma(const Method& m, const Work& work);
void launch_nhwc_mma_tma(const Method& m, const Work& work);
void launch_nhwc_dgrad_stride2_3x3(const Method& m, const Work& work);
void launch_nhwc_dgrad_stride2(const Method& m, const Work& work);
void launch_nhwc_wgrad(const Method& m, const Work& work);
void launch_fallback(const Method& m, const Work& work);
void launch_gather(const Method& m, const Work& work);
void prepare_nhwc_mma(const Method& m);
void prepare_nhwc_rows_tma(const Method& m);
void prepare_nhwc_box_tma(const Method& m);
void prepare_nchw_pipelined(const Method& m);
void prepare_nhwc_mma_tma(const Method& m);

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
void with_kernel(const Method& m, Body&& body) {
  with_filter(m.filter_h, m.filter_w, m.stride,
              [&](auto filter) { with_dtype(m.dtype, [&](auto element) { body(filter, element); }); });
}

template <class T>
WeightSums<T> sums_of(const Method& m, const Work& work) {
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

// What the files that launch kernels share: one for each kind of kernel, so that they are compiled side by side.
#pragma once

#include <cuda_runtime.h>

#include "base/cuda/check.h"
#include "engines/cuda/depthwise/filters.h"
#include "engines/cuda/depthwise/gather.h"
#include "engines/cuda/depthwise/method.h"
#include "tensor/cuda/element.h"

namespace faltung::cuda_depthwise {

// Pointers with the plan's filter: source and target of window sums, x and y of weight gradients.
struct Work {
  const void* source;
  Filter filter;
  void* target;
  After after;
  void* partial;
  cudaStream_t stream;
};

void launch_planar_window(const Method& m, const Work& work);
void launch_planar_whole(const Method& m, const Work& work);
void launch_planar_ring(const Method& m, const Work& work);
void launch_planar_large(const Method& m, const Work& work);
void launch_any(const Method& m, const Work& work);
void launch_planar_spread(const Method& m, const Work& work);
void launch_planar_weight(const Method& m, const Work& work);
void launch_lanes_window(const Method& m, const Work& work);
void launch_lanes_matrix(const Method& m, const Work& work);
void launch_lanes_staged(const Method& m, const Work& work);
void launch_lanes_boxed(const Method& m, const Work& work);
void launch_lanes_bulk(const Method& m, const Work& work);
void launch_lanes_squares(const Method& m, const Work& work);
void launch_lanes_spread(const Method& m, const Work& work);
void launch_lanes_weight(const Method& m, const Work& work);
void launch_general(const Method& m, const Work& work);
void launch_gather(const Method& m, const Work& work);
void prepare_lanes_matrix(const Method& m);
void prepare_lanes_staged(const Method& m);
void prepare_lanes_boxed(const Method& m);
void prepare_planar_ring(const Method& m);
void prepare_lanes_bulk(const Method& m);

// More dynamic shared memory than a kernel has unasked.
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

// … and with the filter's type: body(F{}, T{}).
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

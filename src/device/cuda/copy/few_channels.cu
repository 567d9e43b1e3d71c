// Transposing copies where one of the two axes is very short, such as image channels: square tiles would be nearly
// empty.
#include <cuda_runtime.h>

#include <cstdint>

#include "device/cuda/copy/copy_kernels.h"
#include "device/cuda/copy/element_offsets.cuh"
#include "device/cuda/runtime/check.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256;

template <class T, int at_once>
struct alignas(sizeof(T) * at_once) Word {
  T part[at_once];
};

__device__ inline bool on_boundary(const void* pointer, std::size_t bytes) {
  return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

// `count` pixels of `channels` each, planar on one side and interleaved on the other. Each thread moves a few
// neighbouring pixels, as vectors if aligned.
template <class T, int channels, int at_once, bool to_pixels>
__global__ void __launch_bounds__(threads) exchange(const CopyNest outer, std::int64_t count, std::int64_t groups,
                                                    std::int64_t plane_stride, std::int64_t pixel_stride) {
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x;
  if (index >= groups * outer.count) return;
  const Offsets base = offsets_of(outer, static_cast<std::uint64_t>(index / groups));
  const std::int64_t first = index % groups * at_once;
  using W = Word<T, at_once>;
  T* const out = static_cast<T*>(outer.out) + base.out;
  const T* const in = static_cast<const T*>(outer.in) + base.in;
  const int here = static_cast<int>(min(static_cast<std::int64_t>(at_once), count - first));
  const bool words = here == at_once && pixel_stride == channels && plane_stride % at_once == 0 &&
                     on_boundary(out, sizeof(W)) && on_boundary(in, sizeof(W));
  W block[channels];  // planes or pixels, as loaded
  if (!words) {
    for (int i = 0; i < here; ++i)
      for (int c = 0; c < channels; ++c) {
        const std::int64_t plane = c * plane_stride + first + i, pixel = (first + i) * pixel_stride + c;
        out[to_pixels ? pixel : plane] = in[to_pixels ? plane : pixel];
      }
    return;
  }
  const std::int64_t pixels = first / at_once * channels;  // in words
#pragma unroll
  for (int c = 0; c < channels; ++c)
    block[c] = to_pixels ? *reinterpret_cast<const W*>(in + c * plane_stride + first)
                         : reinterpret_cast<const W*>(in)[pixels + c];
#pragma unroll
  for (int c = 0; c < channels; ++c) {
    W word;
#pragma unroll
    for (int i = 0; i < at_once; ++i) {
      const int flat = to_pixels ? c * at_once + i : i * channels + c;  // element of the block in storing order
      word.part[i] =
          to_pixels ? block[flat % channels].part[flat / channels] : block[flat / at_once].part[flat % at_once];
    }
    if (to_pixels)
      reinterpret_cast<W*>(out)[pixels + c] = word;
    else
      *reinterpret_cast<W*>(out + c * plane_stride + first) = word;
  }
}

template <class T, int channels>
void launch(const CopyNest& outer, std::int64_t count, std::int64_t planes, std::int64_t pixels, bool to_pixels,
            cudaStream_t stream) {
  constexpr int at_once = sizeof(T) >= 8 ? 1 : 8 / static_cast<int>(sizeof(T));
  const std::int64_t groups = (count + at_once - 1) / at_once;
  const auto blocks = static_cast<unsigned>((groups * outer.count + threads - 1) / threads);
  if (to_pixels)
    exchange<T, channels, at_once, true><<<blocks, threads, 0, stream>>>(outer, count, groups, planes, pixels);
  else
    exchange<T, channels, at_once, false><<<blocks, threads, 0, stream>>>(outer, count, groups, planes, pixels);
}

template <class T>
void launch(int channels, const CopyNest& outer, std::int64_t count, std::int64_t planes, std::int64_t pixels,
            bool to_pixels, cudaStream_t stream) {
  if (channels == 2) return launch<T, 2>(outer, count, planes, pixels, to_pixels, stream);
  if (channels == 3) return launch<T, 3>(outer, count, planes, pixels, to_pixels, stream);
  launch<T, 4>(outer, count, planes, pixels, to_pixels, stream);
}

}  // namespace

void launch_few_channels(const CopyNest& outer, int channels, std::int64_t count, std::int64_t plane_stride,
                         std::int64_t pixel_stride, bool to_pixels, std::size_t bytes, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  if (bytes == 2) launch<std::uint16_t>(channels, outer, count, plane_stride, pixel_stride, to_pixels, on);
  if (bytes == 4) launch<std::uint32_t>(channels, outer, count, plane_stride, pixel_stride, to_pixels, on);
  if (bytes == 8) launch<std::uint64_t>(channels, outer, count, plane_stride, pixel_stride, to_pixels, on);
  check_launch("copy between layouts on the device");
}

}  // namespace faltung::cuda

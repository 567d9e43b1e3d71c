// NCHW window sums with many taps: forward, and data gradient with stride 1. Arithmetic and memory take nearly the same
// time, so a block copies its next planes to shared memory while it computes the current ones.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw/pipelined.h"
#include "engines/cuda/depthwise/nchw/pipelined_sums.h"

namespace faltung::cuda_depthwise {

// The rows of a plane that a thread has yet to copy.
template <class T>
struct RowCopies {
  const T* from;
  T* to;
  int row;
};

template <class T, int R, int S, int Blocks>
__global__ void __launch_bounds__(pipelined_threads, Blocks)
    nchw_pipelined(Planes p, Pipelined k, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int taps = R * S, taps_pitch = pipelined_taps_pitch(taps), delta = same_delta<S>,
                bytes = tile_width * static_cast<int>(sizeof(T));
  constexpr bool paced = R == 7;  // interleave the row copies with the arithmetic: needs spare registers
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const filters = reinterpret_cast<Sum*>(memory);
  T* const shared = reinterpret_cast<T*>(filters + pipelined_stages * k.planes * taps_pitch);
  const Spot mine = spot_of_thread(k);
  const int planes = p.batch * p.channels, stage = k.groups() * tile_width, pitch = k.pitch * tile_width;
  const std::int64_t source_size = static_cast<std::int64_t>(p.source_h) * p.source_w,
                     target_size = static_cast<std::int64_t>(p.target_h) * p.target_w;
  const int corner = (mine.plane * k.plane_pitch + k.shift) * tile_width;  // of a staged plane, with its zero border
  const int inner = corner + p.pad_h * pitch + p.pad_w + delta;

  // A thread copies every tiles_h-th row of a plane, and of these rows the columns of its tile.
  const auto copies_of = [&](int run, int slot) {
    const int plane = run * k.planes + mine.plane, column = mine.w * tile_width;
    const bool any = run < k.runs && mine.plane < k.planes && plane < planes && column < p.source_w;
    const int first = any ? mine.h : p.source_h;
    return RowCopies<T>{source + plane * source_size + mine.h * p.source_w + column,
                        shared + slot * stage + inner + mine.h * pitch + column, first};
  };
  const auto copy_row = [&](RowCopies<T>& c) {
    if (c.row < p.source_h) cuda::copy_async<bytes>(c.to, c.from, true);
    c.row += k.tiles_h, c.from += k.tiles_h * p.source_w, c.to += k.tiles_h * pitch;
  };
  // Columns and rows beyond the tiles: the source is larger than the target if the padding is less than half the
  // filter.
  const auto copy_rest = [&](int run, int slot) {
    if (p.source_h <= k.tiles_h * pipelined_rows && p.source_w <= k.tiles_w * tile_width) return;
    const int plane = run * k.planes + mine.plane;
    if (run >= k.runs || mine.plane >= k.planes || plane >= planes) return;
    for (int row = mine.h; row < p.source_h; row += k.tiles_h)
      for (int column = (mine.w + (row < k.tiles_h * pipelined_rows ? k.tiles_w : 0)) * tile_width; column < p.source_w;
           column += k.tiles_w * tile_width)
        cuda::copy_async<bytes>(shared + slot * stage + inner + row * pitch + column,
                                source + plane * source_size + row * p.source_w + column, true);
  };
  const auto copy_taps = [&](int run, int slot) {
    const int first = run * k.planes, here = min(k.planes, planes - first);
    Sum* const to = filters + slot * k.planes * taps_pitch;
#pragma unroll 1
    for (int i = threadIdx.x; i < here * taps; i += blockDim.x) {
      const int c = i / taps, tap = i % taps;
      const T* const from = static_cast<const T*>(filter.data) + channel_of(k, first + c) * filter.channel +
                            tap / S * filter.r + tap % S * filter.s;
      if constexpr (sizeof(T) == 4)
        cuda::copy_async<4>(to + c * taps_pitch + tap, from, true);
      else
        to[c * taps_pitch + tap] = cuda::widen<Sum>(*from);
    }
  };
  // The border around the planes stays zero.
  const auto clear = [&](int slot) {
    for (int i = threadIdx.x; i < k.groups(); i += blockDim.x) {
      const T zeros[tile_width] = {};
      std::memcpy(shared + slot * stage + i * tile_width, zeros, sizeof zeros);
    }
  };
  clear(0);
  __syncthreads();
  RowCopies<T> first = copies_of(blockIdx.x, 0);
  for (int i = 0; i < pipelined_rows; ++i) copy_row(first);
  copy_rest(blockIdx.x, 0);
  copy_taps(blockIdx.x, 0);
  if (blockIdx.x + gridDim.x < k.runs) clear(1);

  const int below = p.target_h - mine.h * pipelined_rows;
  int slot = 0;
#pragma unroll 1
  for (int run = blockIdx.x; run < k.runs; run += gridDim.x, slot ^= 1) {
    cuda::wait_for_copies();
    __syncthreads();  // and the previous run's buffer has been read
    const int next = run + gridDim.x;
    if (next < k.runs) copy_taps(next, slot ^ 1);
    copy_rest(next, slot ^ 1);
    RowCopies<T> copies = copies_of(next, slot ^ 1);
    if (!paced)
#pragma unroll
      for (int i = 0; i < pipelined_rows; ++i) copy_row(copies);
    const int plane = run * k.planes + mine.plane;
    if (mine.plane >= k.planes || plane >= planes) continue;
    Sum w[taps], sums[pipelined_rows][tile_width] = {};
    load_taps(filters + (slot * k.planes + mine.plane) * taps_pitch, w);
    sum_windows<R, S>(shared + slot * stage + corner + mine.h * pipelined_rows * pitch + mine.w * tile_width, pitch, w,
                      sums, [&](int h) {
                        if (paced && h < pipelined_rows) copy_row(copies);
                      });
    finish_channel<T>(last, channel_of(k, plane), reinterpret_cast<Sum(&)[pipelined_rows * tile_width]>(sums));
    T* to = target + plane * target_size + mine.h * pipelined_rows * p.target_w + mine.w * tile_width;
#pragma unroll
    for (int o = 0; o < pipelined_rows; ++o, to += p.target_w)
      if (o < below) cuda::store_pack(to, sums[o]);
  }
}
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_pipelined_kernel(const Launch& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (has_many_taps<T, F>)
      body(nchw_pipelined<T, F::h, F::w, pipelined_warps<F> * 32 / pipelined_threads>, element);
  });
}

}  // namespace

void launch_nchw_pipelined(const Launch& m, const Work& work) {
  with_pipelined_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<Pipelined>(), source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
  });
}

void prepare_nchw_pipelined(const Launch& m) {
  with_pipelined_kernel(
      m, [](auto kernel, auto) { allow_shared(kernel, std::min(pipelined_bytes, block_shared_bytes())); });
}

}  // namespace faltung::cuda_depthwise

// Window sums over large NHWC tensors of 16-bit elements: forward, and data gradient with stride 1. One warp of a block
// issues TMA copies of source rows, contiguous with all their channels, into a ring in shared memory; the other warps
// only read, multiply and store.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/rows_tma.h"
#include "engines/cuda/depthwise/nhwc/rows_tma_ring.h"
#include "engines/cuda/depthwise/nhwc/smem_row.h"

namespace faltung::cuda_depthwise {

// Zeroes the slots' columns outside the image, which no copy writes. Columns that two threads read are zeroed twice.
template <int Window>
__device__ __forceinline__ void clear_outside(const RowsTma& k, const RowSpan& span, int column, unsigned char* memory,
                                              int pixel) {
  for (int c = 0; c < Window; ++c)
    if (!span.has(span.first + column + c))
      for (int i = 0; i < k.slots; ++i) *reinterpret_cast<unsigned*>(memory + i * k.slot_bytes + c * pixel) = 0;
}

template <class T, int R, int S>
__device__ __forceinline__ void sum_rows(const Planes& p, const RowsTma& k, const Filter& filter, T* target,
                                         const FinishArgs& last, RowRing ring, const RowSpan& span, int tile,
                                         unsigned char* memory) {
  constexpr int V = rows_tma_pack, columns = rows_tma_columns;
  const int found = k.by_block_packs.quotient(threadIdx.x), local_pack = k.by_block_packs.remainder(threadIdx.x, found);
  const bool any = found < k.groups;
  const int column = min(found, k.groups - 1) * columns, channel = local_pack * V;
  const int pixel = p.channels * static_cast<int>(sizeof(T)), width = any ? p.target_w - span.target - column : 0;
  unsigned char* const mine = memory + column * pixel + channel * sizeof(T);
  clear_outside<columns + S - 1>(k, span, column, mine, pixel);
  float w[R][S][V], bias[V];
  load_bias<T>(last, channel, any, bias);
  read_filter<T>(filter, channel, any, w);
  wait_for_summing_warps(k);

  for (; tile < k.tiles; tile += k.step) {
    const RowTile at = row_tile(p, k, tile);
    int y = at.first;
    const auto read = [&](auto& row) {
      if (y < 0 || y >= p.source_h) {
        row.clear();
      } else {
        cuda::mbarrier_wait(ring.full(), ring.at.phase);
        row.read(mine + ring.at.index * k.slot_bytes, pixel);
        ring.release();
        ring.next();
      }
      ++y;
    };
    T* const to = target_at(target, p, at.image, at.h, span.target + column, channel);
    sum_columns<columns>(w, bias, last, at.height, width, p, to, read);
  }
}

template <class T, int R, int S>
__global__ void __launch_bounds__(rows_tma_threads, 1)
    nhwc_rows_tma(const __grid_constant__ Planes p, const __grid_constant__ RowsTma k, const T* source, Filter filter,
                  T* target, FinishArgs last) {
  extern __shared__ __align__(128) unsigned char memory[];
  const RowRing ring(k, cuda::shared_address(memory));
  const int tile = k.by_strips.quotient(blockIdx.x), strip = k.by_strips.remainder(blockIdx.x, tile);
  const RowSpan span = row_span(p, k, strip);
  if (threadIdx.x == 0) {
    ring.pipeline.init(1, k.warps);
    cuda::fence_mbarrier_init();
  }
  __syncthreads();
  if (static_cast<int>(threadIdx.x) < k.warps * 32)
    sum_rows<T, R, S>(p, k, filter, target, last, ring, span, tile, memory);
  else if (threadIdx.x % 32 == 0)
    copy_rows<T, R>(p, k, source, ring, span, tile);
}
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_rows_tma_kernel(const Launch& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_tma<T, F>) body(nhwc_rows_tma<T, F::h, F::w>, element);
  });
}

}  // namespace

void launch_nhwc_rows_tma(const Launch& m, const Work& work) {
  with_rows_tma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<RowsTma>(), source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
  });
}

void prepare_nhwc_rows_tma(const Launch& m) {
  with_rows_tma_kernel(m, [](auto kernel, auto) { allow_shared(kernel, block_shared_bytes()); });
}

}  // namespace faltung::cuda_depthwise

#include "engines/cpu/gemm/finish.h"

#include <algorithm>
#include <complex>
#include <cstring>
#include <type_traits>

#include "base/convert.h"
#include "base/visit.h"
#include "base/wrapping.h"
#include "problem/epilogue.h"

namespace faltung::cpu_gemm {
namespace {

// The accumulator type behind the micro-kernel's type.
template <class T, bool complex>
struct Sum {
  using type = std::conditional_t<complex, std::complex<T>, T>;
};
template <>
struct Sum<std::uint32_t, false> {
  using type = std::int32_t;
};
template <>
struct Sum<std::uint64_t, false> {
  using type = std::int64_t;
};

// One run of a row: sums, possibly in the row itself, to elements `step` apart.
template <class A, class Out>
struct Row {
  const FinishContext& context;
  A alpha;
  std::int64_t index, index_step;  // channel index of the first element, and its increment

  // Mostly in blocks of a compile-time size, whose stages are a few vectors each.
  void store(const A* sums, std::int64_t count, std::int64_t offset, std::int64_t step) const {
    constexpr std::int64_t block = 16;
    Out* to = static_cast<Out*>(context.written) + offset;
    const Out* z = context.z ? static_cast<const Out*>(context.z) + offset : nullptr;
    std::int64_t i = 0;
    for (; step == 1 && i + block <= count; i += block)
      store_block(sums + i, i, std::integral_constant<std::int64_t, block>(), to + i, z ? z + i : nullptr,
                  std::integral_constant<std::int64_t, 1>());
    for (; i < count; i += std::min(block, count - i))
      store_block(sums + i, i, std::min(block, count - i), to + i * step, z ? z + i * step : nullptr, step);
  }

 private:
  template <class Count, class Step>
  void store_block(const A* sums, std::int64_t first, Count count, Out* to, const Out* z, Step step) const {
    A values[16];
    for (std::int64_t i = 0; i < count; ++i) values[i] = sums[i];
    if (context.epilogue.add)
      for (std::int64_t i = 0; i < count; ++i)
        values[i] = wrapping_add(values[i], wrapping_multiply(alpha, convert<A>(z[i * step])));
    if (context.epilogue.bias) add_bias(values, first, count);
    activate_row(context.epilogue.activation, values, count);
    if (context.accumulate)
      for (std::int64_t i = 0; i < count; ++i) values[i] = wrapping_add(values[i], convert<A>(to[i * step]));
    for (std::int64_t i = 0; i < count; ++i) to[i * step] = convert<Out>(values[i]);
  }

  template <class Count>
  void add_bias(A* values, std::int64_t first, Count count) const {
    const Out* bias = static_cast<const Out*>(context.bias) + context.first_channel;
    const std::int64_t at = index + first * index_step;
    if (index_step == 0) {
      const A shift = convert<A>(bias[at / context.per_channel % context.channels]);
      for (std::int64_t i = 0; i < count; ++i) values[i] = wrapping_add(values[i], shift);
    } else if (context.per_channel == 1 && at + count <= context.channels) {
      for (std::int64_t i = 0; i < count; ++i) values[i] = wrapping_add(values[i], convert<A>(bias[at + i]));
    } else {
      for (std::int64_t i = 0; i < count; ++i)
        values[i] = wrapping_add(values[i], convert<A>(bias[(at + i) / context.per_channel % context.channels]));
    }
  }
};

template <class T, class A, class Out>
void finish_tile(const void* opaque, const gemm::Tile& tile, const T* sums, std::int64_t stride) {
  const auto& context = *static_cast<const FinishContext*>(opaque);
  gemm::LaneBlock lanes;  // computed once for all rows
  const A alpha = convert<A>(context.alpha);
  const std::int64_t row_step = context.rows.inner().stride, lane_step = context.lanes.inner().stride;
  for (std::int64_t lane = 0; lane < tile.lanes; lane += gemm::max_lanes) {
    const auto count = static_cast<int>(std::min<std::int64_t>(gemm::max_lanes, tile.lanes - lane));
    set_lanes(lanes, context.lanes, tile.lane + lane, count);
    gemm::for_each_run(context.rows, tile.row, tile.rows, [&](const gemm::Run& rows) {
      for (std::int64_t i = 0; i < rows.count; ++i) {
        const A* from = reinterpret_cast<const A*>(sums + (rows.begin + i) * stride) + lane;
        for (int r = 0; r < lanes.runs; ++r) {
          const gemm::Run& run = lanes.run[r];
          const std::int64_t first = context.channels_across ? tile.lane + lane + run.begin : tile.row + rows.begin + i;
          const Row<A, Out> row{context, alpha, first, context.channels_across ? 1 : 0};
          row.store(from + run.begin, run.count, rows.offset + i * row_step + run.offset, lane_step);
        }
      }
    });
  }
}

}  // namespace

template <class T>
gemm::Finish<T> finish_for(DType written) {
  return visit(written, []<class Out>(ElementType<Out>) -> gemm::Finish<T> {
    if constexpr (is_complex_type<Out> && std::is_integral_v<T>) {
      throw Error(ErrorCode::Unsupported, "a complex result of integer sums");
    } else {
      return &finish_tile<T, typename Sum<T, is_complex_type<Out>>::type, Out>;
    }
  });
}

template gemm::Finish<float> finish_for(DType);
template gemm::Finish<double> finish_for(DType);
template gemm::Finish<std::uint32_t> finish_for(DType);
template gemm::Finish<std::uint64_t> finish_for(DType);

}  // namespace faltung::cpu_gemm

#include "engines/cpu/gemm/finish.h"

#include <algorithm>
#include <complex>
#include <cstring>
#include <type_traits>

#include "base/convert.h"
#include "base/visit.h"
#include "problem/epilogue.h"

namespace faltung::cpu_gemm {
namespace {

// What the micro-kernel's numbers are sums of.
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

// Integers wrap around.
template <class A>
A add(A a, A b) {
  if constexpr (std::is_integral_v<A>) {
    using U = std::make_unsigned_t<A>;
    return static_cast<A>(static_cast<U>(a) + static_cast<U>(b));
  } else {
    return a + b;
  }
}

// One run of a row: `count` sums to elements that are `step` apart.
template <class A, class Out>
struct Row {
  const FinishContext& context;
  A alpha;
  std::int64_t index, index_step;  // along the channels: of the first element, and to the next

  std::int64_t channel(std::int64_t i) const {
    return context.first_channel + (index + i * index_step) / context.per_channel % context.channels;
  }

  void store(const A* sums, std::int64_t count, std::int64_t offset, std::int64_t step) const {
    Out* to = static_cast<Out*>(context.written) + offset;
    if (context.epilogue.empty() && !context.accumulate) {
      for (std::int64_t i = 0; i < count; ++i) to[i * step] = convert<Out>(sums[i]);
      return;
    }
    const Out* z = context.z ? static_cast<const Out*>(context.z) + offset : nullptr;
    const Out* bias = static_cast<const Out*>(context.bias);
    for (std::int64_t i = 0; i < count; ++i) {
      const A addend = context.epilogue.add ? convert<A>(z[i * step]) : A{};
      const A shift = context.epilogue.bias ? convert<A>(bias[channel(i)]) : A{};
      A result = finish(context.epilogue, sums[i], alpha, addend, shift);
      if (context.accumulate) result = add(result, convert<A>(to[i * step]));
      to[i * step] = convert<Out>(result);
    }
  }
};

template <class T, class A, class Out>
void finish_tile(const void* opaque, const gemm::Tile& tile, const T* sums, std::int64_t stride) {
  const auto& context = *static_cast<const FinishContext*>(opaque);
  gemm::LaneBlock lanes;  // worked out once for all rows
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

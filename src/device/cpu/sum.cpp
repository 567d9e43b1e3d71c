#include <vector>

#include "base/checked.h"
#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "device/cpu/tensors.h"
#include "tensor/loop_nest.h"

namespace faltung {
namespace {

template <class T>
struct SumOf {
  using type = double;
};
template <class T>
requires std::is_integral_v<T>
struct SumOf<T> {
  using type = std::uint64_t;  // wraps
};
template <class T>
struct SumOf<std::complex<T>> {
  using type = std::complex<double>;
};

template <class T, class Sum>
Sum widen(T value) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<Sum>(static_cast<std::int64_t>(value));
  else
    return convert<Sum>(value);
}

template <class T, class Sum>
T narrow(Sum value) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(value);
  else
    return convert<T>(value);
}

constexpr std::int64_t channel_block = 64;
constexpr std::int64_t least_chunk = 4096, most_chunks = 1 << 16;

// The axes that are summed away as rows of the fastest one.
struct Rows {
  Dims sizes, strides;  // all but the fastest
  std::int64_t offset = 0, count = 1, length = 1, stride = 0;

  explicit Rows(const LoopNest& nest) : offset(nest.out_offset) {
    sizes = nest.sizes;
    strides = nest.out_strides;
    if (sizes.empty()) return;
    length = sizes.back();
    stride = strides.back();
    sizes.erase(sizes.size() - 1);
    strides.erase(strides.size() - 1);
    for (std::int64_t size : sizes) count *= size;
  }
  std::int64_t start(std::int64_t row) const {
    std::int64_t at = offset;
    for (int axis = sizes.size() - 1; axis >= 0; --axis) {
      at += row % sizes[axis] * strides[axis];
      row /= sizes[axis];
    }
    return at;
  }
};

// Eight independent partial sums, so that additions along a long row do not wait for each other.
template <class T, class Sum>
Sum sum_of_run(const T* in, std::int64_t count, std::int64_t stride) {
  Sum lanes[8]{};
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int lane = 0; lane < 8; ++lane) lanes[lane] += widen<T, Sum>(in[(i + lane) * stride]);
  for (; i < count; ++i) lanes[i % 8] += widen<T, Sum>(in[i * stride]);
  for (int lane = 1; lane < 8; ++lane) lanes[0] += lanes[lane];
  return lanes[0];
}

// Adds positions [begin, end) of the rows, for `channels` channels, to sums[].
template <class T, class Sum>
void add_chunk(const T* in, const Rows& rows, std::int64_t begin, std::int64_t end, std::int64_t channels,
               std::int64_t channel_stride, Sum* sums) {
  const bool channels_inside = channel_stride <= rows.stride && channel_stride >= 0 && channels > 1;
  while (begin < end) {
    const std::int64_t column = begin % rows.length, run = std::min(end - begin, rows.length - column);
    const T* from = in + rows.start(begin / rows.length) + column * rows.stride;
    if (channels_inside) {
      for (std::int64_t i = 0; i < run; ++i)
        for (std::int64_t c = 0; c < channels; ++c)
          sums[c] += widen<T, Sum>(from[i * rows.stride + c * channel_stride]);
    } else {
      for (std::int64_t c = 0; c < channels; ++c)
        sums[c] += sum_of_run<T, Sum>(from + c * channel_stride, run, rows.stride);
    }
    begin += run;
  }
}

template <class T>
void sum_typed(const TensorView& view, std::int64_t channel_stride, const Rows& rows, const TensorView& out,
               const Execution& execution) {
  using Sum = typename SumOf<T>::type;
  const std::int64_t channels = out.size(0), positions = rows.count * rows.length;
  const std::int64_t chunk_rows = std::max(least_chunk, ceil_div(positions, most_chunks));
  const std::int64_t blocks = ceil_div(channels, channel_block), chunks = ceil_div(positions, chunk_rows);
  std::vector<Sum> partial(static_cast<std::size_t>(channels * chunks));  // [chunk][channel]
  parallel_for(execution, blocks * chunks, [&](std::int64_t task) {
    const std::int64_t chunk = task / blocks, first = task % blocks * channel_block;
    add_chunk<T, Sum>(view.as<const T>() + first * channel_stride, rows, chunk * chunk_rows,
                      std::min(positions, (chunk + 1) * chunk_rows), std::min(channel_block, channels - first),
                      channel_stride, partial.data() + chunk * channels + first);
  });
  for (std::int64_t c = 0; c < channels; ++c) {
    Sum sum{};
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
      sum += partial[static_cast<std::size_t>(chunk * channels + c)];
    if constexpr (is_complex_type<T>) {
      if (view.conjugate != out.conjugate) sum = std::conj(sum);
    }
    out.as<T>()[c * out.stride(0)] = narrow<T, Sum>(sum);
  }
}

}  // namespace

void sum_on_cpu(const TensorView& view, int axis, const TensorView& out, const Execution& execution) {
  const TensorView rest = view.select(axis, 0);
  const Rows rows(loop_nest(rest.sizes, rest.strides, rest.strides));
  visit(view.dtype, [&]<class T>(ElementType<T>) { sum_typed<T>(view, view.stride(axis), rows, out, execution); });
}

}  // namespace faltung

#include "engines/cpu/gemm/finish.h"

#include <algorithm>

#include "kernels/gemm/transpose.h"

namespace faltung::cpu_gemm {
namespace {

using epilogue::Rows;

// Neighbouring indices of C along which the channel is one (step 0), or the next one (step 1).
struct Stretch {
  std::int64_t count = 0, step = 0, channel = 0;
};

Stretch stretch_of(const FinishContext& context, std::int64_t index, std::int64_t count) {
  if (!context.bias && !context.scale) return {.count = count};
  const std::int64_t channel = index / context.per_channel % context.channels;
  const bool each = context.per_channel == 1;
  const std::int64_t left = each ? context.channels - channel : context.per_channel - index % context.per_channel;
  return {.count = std::min(count, left), .step = each ? 1 : 0, .channel = channel};
}

const std::byte* moved(const void* from, std::int64_t bytes) {
  return from ? static_cast<const std::byte*>(from) + bytes : nullptr;
}

// Sums whose rows and lanes are a run each. `index`: that of C along which the channels run, `across` the elements of
// rows or down the rows.
void store_block(const FinishContext& context, const Rows& all, std::int64_t index, std::int64_t sum_bytes,
                 bool across) {
  const std::int64_t count = across ? all.count : all.rows;
  Rows rows = all;
  for (std::int64_t done = 0; done < count;) {
    const Stretch stretch = stretch_of(context, index + done, count - done);
    (across ? rows.count : rows.rows) = stretch.count;
    (across ? rows.bias_step : rows.bias_stride) = stretch.step;
    const std::int64_t bytes = done * (across ? all.to_step : all.to_stride) * context.stored_bytes;
    rows.sums = moved(all.sums, done * (across ? 1 : all.sums_stride) * sum_bytes);
    rows.to = static_cast<std::byte*>(all.to) + bytes;
    rows.z = moved(all.z, bytes);
    rows.bias = moved(context.bias, stretch.channel * context.bias_bytes);
    if (context.scale) rows.scale = context.scale + stretch.channel;
    context.store(rows);
    done += stretch.count;
  }
}

}  // namespace

template <class T>
std::optional<gemm::Ending<T>> ending_of(const FinishContext& context) {
  const Activation activation = context.activation;
  const bool clamps =
      activation == Activation::none || activation == Activation::relu || activation == Activation::relu6;
  if (!gemm::ends_sums<T> || context.parts != 1 || context.accumulate || !clamps) return std::nullopt;
  const gemm::IndexSet& channels = context.channels_across ? context.lanes : context.rows;
  if (context.bias && (context.per_channel != 1 || channels.count() != context.channels)) return std::nullopt;
  return gemm::Ending<T>{.bias = static_cast<const T*>(context.bias),
                         .bias_by_row = !context.channels_across,
                         .z = static_cast<const T*>(context.z),
                         .alpha = static_cast<T>(context.alpha),
                         .activation = activation};
}

template std::optional<gemm::Ending<float>> ending_of(const FinishContext&);
template std::optional<gemm::Ending<double>> ending_of(const FinishContext&);
template std::optional<gemm::Ending<std::uint32_t>> ending_of(const FinishContext&);
template std::optional<gemm::Ending<std::uint64_t>> ending_of(const FinishContext&);

bool is_across(const gemm::IndexSet& rows, const gemm::IndexSet& lanes) {
  constexpr std::int64_t many = 8;
  return rows.inner().extent >= many && rows.inner().stride < lanes.inner().stride;
}

namespace {

// So many numbers at a time, of which the transposed ones are on the stack.
constexpr std::int64_t transposed_numbers = 2048;

template <class T>
void store_transposed(const FinishContext& context, Rows block, std::int64_t row, std::int64_t lane) {
  T numbers[transposed_numbers];
  const std::int64_t lanes = block.count, rows = block.rows, stride = block.sums_stride;
  const auto* sums = static_cast<const T*>(block.sums);
  const std::int64_t most = std::max<std::int64_t>(transposed_numbers / lanes, 1);
  std::swap(block.to_stride, block.to_step);
  block.rows = lanes;
  block.sums = numbers;
  for (std::int64_t done = 0; done < rows; done += most) {
    block.count = std::min(most, rows - done);
    gemm::transpose(sums + done * stride, stride, block.count, lanes, numbers, block.count);
    block.sums_stride = block.count;
    store_block(context, block, context.channels_across ? lane : row + done, sizeof(T), !context.channels_across);
    block.to = static_cast<std::byte*>(block.to) + block.count * block.to_step * context.stored_bytes;
    block.z = moved(block.z, block.count * block.to_step * context.stored_bytes);
  }
}

}  // namespace

template <class T>
void finish_tile(const void* opaque, const gemm::Tile& tile, const T* sums, std::int64_t stride) {
  const auto& context = *static_cast<const FinishContext*>(opaque);
  Rows block{.sums_stride = stride / context.parts,
             .to_stride = context.rows.inner().stride,
             .to_step = context.lanes.inner().stride,
             .alpha = context.alpha,
             .zero = context.zero,
             .accumulate = context.accumulate,
             .activation = context.activation};
  const bool across = context.parts == 1 && is_across(context.rows, context.lanes);
  gemm::for_each_run(context.lanes, tile.lane, tile.lanes, [&](const gemm::Run& lanes) {
    gemm::for_each_run(context.rows, tile.row, tile.rows, [&](const gemm::Run& rows) {
      const std::int64_t bytes = (rows.offset + lanes.offset) * context.stored_bytes;
      block.rows = rows.count;
      block.count = lanes.count;
      block.sums = sums + rows.begin * stride + lanes.begin * context.parts;
      block.to = static_cast<std::byte*>(context.written) + bytes;
      block.z = moved(context.z, bytes);
      const std::int64_t row = tile.row + rows.begin, lane = tile.lane + lanes.begin;
      if (across && rows.count > 1 && lanes.count <= transposed_numbers)
        return store_transposed<T>(context, block, row, lane);
      store_block(context, block, context.channels_across ? lane : row,
                  static_cast<std::int64_t>(sizeof(T)) * context.parts, context.channels_across);
    });
  });
}

template void finish_tile(const void*, const gemm::Tile&, const float*, std::int64_t);
template void finish_tile(const void*, const gemm::Tile&, const double*, std::int64_t);
template void finish_tile(const void*, const gemm::Tile&, const std::uint32_t*, std::int64_t);
template void finish_tile(const void*, const gemm::Tile&, const std::uint64_t*, std::int64_t);

}  // namespace faltung::cpu_gemm

#include "engines/cpu/winograd/sums/weights.h"

#include <algorithm>
#include <cstring>

#include "engines/cpu/winograd/basis.h"

namespace faltung::cpu_winograd {

template <class T>
struct Weights<T>::Vector {
  std::int64_t group = 0;
  std::int64_t written = 0, lanes = 0;  // the first of them
  std::int64_t source = 0, channels = 0;
};

template <class T>
Weights<T>::Weights(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block)
    : correlation_(correlation),
      cut_(cut),
      block_(block),
      taps_(cut.outer.axis.taps * cut.down.axis.taps * cut.across.axis.taps),
      group_stride_(problem.w.strides[0]),
      element_bytes_(static_cast<std::int64_t>(size_of(problem.w.dtype))),
      unpack_(gemm::unpack_for<T>(problem.w.dtype, gemm::PanelKind::rows, false)) {}

// As they lie, [channel][tap][lane], transformed down, [channel][product][tap][lane], and some that wait to be turned.
template <class T>
std::int64_t Weights<T>::scratch_numbers() const {
  const std::int64_t waiting = std::max(taps_, chunk);
  return (chunk * (taps_ + cut_.down.products * cut_.across.taps_inside()) + waiting) * block_.lanes;
}

template <class T>
void Weights<T>::run(const void* w, std::int64_t group, std::int64_t panel, std::int64_t part, T* u, T* scratch) const {
  u += part * chunk * block_.panel;
  for (std::int64_t lane = 0; lane < block_.panel; lane += block_.lanes) {
    Vector vector{.group = group, .written = panel * block_.panel + lane, .source = part * chunk};
    vector.lanes = std::min(block_.lanes, block_.written_channels - vector.written);
    vector.channels = std::min(chunk, block_.v.channels - vector.source);
    if (vector.lanes <= 0) return;
    T* after = scratch + chunk * taps_ * block_.lanes;
    gather(w, vector, scratch, after);
    transform(vector, u + lane, scratch, after);
  }
}

// In the order of memory, [channel][tap][lane], taps of the innermost axis fastest. Where taps, or channels, are
// neighbours in memory they are turned in blocks; written channels are copied.
template <class T>
void Weights<T>::gather(const void* w, const Vector& vector, T* to, T* waiting) const {
  const CorrelationAxis &outer = cut_.outer.axis, &down = cut_.down.axis, &across = cut_.across.axis;
  const std::int64_t offset = vector.group * group_stride_ + vector.source * correlation_.tap_source_channel +
                              vector.written * correlation_.tap_written_channel;
  const std::byte* from = static_cast<const std::byte*>(w) + offset * element_bytes_;
  const std::int64_t channel = correlation_.tap_source_channel * element_bytes_;
  const bool dense = (across.taps == 1 || across.tap_stride == 1) &&
                     (down.taps == 1 || down.tap_stride == across.taps) &&
                     (outer.taps == 1 || outer.tap_stride == down.taps * across.taps);
  if (dense && correlation_.tap_written_channel != 1) {
    for (std::int64_t c = 0; c < vector.channels; ++c)
      turn(from + c * channel, vector.lanes, taps_, to + c * taps_ * block_.lanes, block_.lanes, waiting);
    return;
  }
  for (std::int64_t o = 0; o < outer.taps; ++o)
    for (std::int64_t d = 0; d < down.taps; ++d)
      for (std::int64_t a = 0; a < across.taps; ++a, to += block_.lanes)
        gather_tap(from + (o * outer.tap_stride + d * down.tap_stride + a * across.tap_stride) * element_bytes_, vector,
                   to, waiting);
}

template <class T>
void Weights<T>::gather_tap(const std::byte* from, const Vector& vector, T* to, T* waiting) const {
  const std::int64_t step = taps_ * block_.lanes, channel = correlation_.tap_source_channel * element_bytes_;
  if (correlation_.tap_source_channel == 1 && correlation_.tap_written_channel != 1)
    return turn(from, vector.lanes, vector.channels, to, step, waiting);
  const std::int64_t together = correlation_.tap_written_channel == 1 ? vector.lanes : 1;
  for (std::int64_t c = 0; c < vector.channels; ++c, from += channel, to += step)
    for (std::int64_t l = 0; l < vector.lanes; l += together)
      convert(from + l * correlation_.tap_written_channel * element_bytes_, together, to + l);
}

// Rows are written channels.
template <class T>
void Weights<T>::turn(const std::byte* from, std::int64_t rows, std::int64_t columns, T* to, std::int64_t to_step,
                      T* waiting) const {
  winograd::Turn<T> turn{.from = reinterpret_cast<const T*>(from), .from_step = correlation_.tap_written_channel};
  if (unpack_) {
    for (std::int64_t l = 0; l < rows; ++l)
      convert(from + l * correlation_.tap_written_channel * element_bytes_, columns, waiting + l * columns);
    turn.from = waiting, turn.from_step = columns;
  }
  turn.to = to, turn.to_step = to_step, turn.columns = columns, turn.rows = rows;
  winograd::winograd_kernels<T>().to_lanes(turn);
}

template <class T>
void Weights<T>::convert(const std::byte* from, std::int64_t count, T* to) const {
  if (unpack_) return unpack_(from, to, 1, count);
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
}

// Flipped taps are read from the last to the first.
template <class T>
void Weights<T>::transform(const Vector& vector, T* u, const T* raw, T* scratch) const {
  const TileAxis &outer = cut_.outer, &down = cut_.down, &across = cut_.across;
  const std::int64_t lanes = correlation_.flipped ? -block_.lanes : block_.lanes, inner = across.taps_inside();
  if (correlation_.flipped) raw += (taps_ - 1) * block_.lanes;
  const std::int64_t product = block_.v.taps * block_.v.channels * block_.panel;
  std::int64_t tap = 0;
  for (std::int64_t o = 0; o < outer.direct_taps(); ++o)
    for (std::int64_t d = 0; d < down.direct_taps(); ++d)
      for (std::int64_t a = 0; a < across.direct_taps(); ++a, ++tap) {
        winograd::Lines<T> lines{.in = raw + ((o * down.axis.taps + d) * across.axis.taps + a) * lanes};
        lines.in_step = across.axis.taps * lanes, lines.in_next = lanes, lines.in_row = taps_ * block_.lanes;
        lines.out = scratch, lines.out_step = inner * block_.lanes, lines.out_next = block_.lanes;
        lines.out_row = down.products * inner * block_.lanes;
        lines.count = inner, lines.rows = vector.channels;
        transforms_of<T>(down).filter(lines);
        winograd::Lines<T> second{.in = scratch, .in_step = block_.lanes, .in_next = lines.out_row};
        second.in_row = lines.out_step;
        second.out = u + tap * block_.v.channels * block_.panel;
        second.out_step = product, second.out_next = block_.panel, second.out_row = across.products * product;
        second.count = vector.channels, second.rows = down.products;
        transforms_of<T>(across).filter(second);
      }
}

template class Weights<float>;
template class Weights<double>;

}  // namespace faltung::cpu_winograd

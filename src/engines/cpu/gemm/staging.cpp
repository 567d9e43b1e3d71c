#include "engines/cpu/gemm/staging.h"

#include <algorithm>

#include "base/parallel_for.h"
#include "compose/composite_plan.h"
#include "problem/border.h"
#include "problem/geometry.h"
#include "problem/roles.h"

namespace faltung::cpu_gemm {
namespace {

constexpr std::int64_t longest_padding = 1 << 24;

// Positions of the copy along an axis: which ones of x they show, −1 in padding of zeros.
struct Positions {
  const Axis& axis;
  Border border;
  std::int64_t count;

  std::int64_t source(std::int64_t i) const {
    const std::int64_t at = i - axis.pad;
    if (at >= 0 && at < axis.in) return at;
    return border == Border::zeros ? -1 : source_of(border, axis.in, at);
  }
  // Of those from `i` on, how many show neighbours.
  std::int64_t run(std::int64_t i) const {
    const std::int64_t at = i - axis.pad;
    return at >= 0 && at < axis.in ? std::min(count, axis.in + axis.pad) - i : 1;
  }
};

// Positions along an axis, each with its channels. Steps are in numbers; without `sources` the positions that are read
// are 0, 1, 2, …
struct Line {
  const Positions* sources = nullptr;
  std::int64_t positions = 0, channels = 0;
  std::int64_t from_step = 0, from_channel_step = 1;
  std::int64_t to_step = 0;  // from position to position
  std::int64_t filled = 0;   // channels with those that are filled up

  std::int64_t source(std::int64_t i) const { return sources ? sources->source(i) : i; }
  // Of those from `begin` on, how many are read one after the other.
  std::int64_t run(std::int64_t begin) const { return sources ? sources->run(begin) : positions - begin; }
};

template <class To, class From, class Convert>
void copy_channels(const Line& line, const From* from, To* to, Convert convert) {
  for (std::int64_t c = 0; c < line.channels; ++c) to[c] = convert(from[c * line.from_channel_step]);
}

// Neighbours in both: one loop for all of them.
template <class To, class From, class Convert>
void copy_run(const Line& line, std::int64_t count, const From* from, To* to, Convert convert) {
  if (line.from_channel_step == 1 && line.from_step == line.channels && line.to_step == line.channels) {
    for (std::int64_t i = 0; i < count * line.channels; ++i) to[i] = convert(from[i]);
  } else if (line.from_channel_step == 1) {
    for (std::int64_t i = 0; i < count; ++i, from += line.from_step, to += line.to_step)
      copy_channels(line, from, to, convert);
  } else {  // positions are closer to each other than channels
    for (std::int64_t c = 0; c < line.channels; ++c, from += line.from_channel_step)
      for (std::int64_t i = 0; i < count; ++i) to[i * line.to_step + c] = convert(from[i * line.from_step]);
  }
}

template <class To, class From, class Convert>
void copy_line(const Line& line, const From* from, To* to, To padding, Convert convert) {
  for (std::int64_t i = 0; i < line.positions; ++i)  // what is filled up, and the padding
    if (line.source(i) < 0)
      std::fill_n(to + i * line.to_step, line.filled, padding);
    else
      std::fill(to + i * line.to_step + line.channels, to + i * line.to_step + line.filled, To(0));
  for (std::int64_t i = 0; i < line.positions;) {
    if (line.source(i) < 0) {
      ++i;
      continue;
    }
    const std::int64_t count = line.run(i);
    copy_run(line, count, from + line.source(i) * line.from_step, to + i * line.to_step, convert);
    i += count;
  }
}

// Of quads: bytes whose highest bit says the sign become unsigned.
struct Unsigned {
  std::uint8_t flip;
  std::uint8_t operator()(auto value) const {
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(value) ^ flip);
  }
};
// Of pairs: distances from the zero point.
struct Distance {
  std::int32_t zero;
  std::int16_t operator()(auto value) const { return static_cast<std::int16_t>(value - zero); }
};

template <class Body>
void visit_bytes(DType dtype, const void* from, Body&& body) {
  dtype == DType::i8 ? body(static_cast<const std::int8_t*>(from)) : body(static_cast<const std::uint8_t*>(from));
}

bool has_padding(const Geometry& g) {
  return std::any_of(g.axes.begin(), g.axes.begin() + g.rank,
                     [](const Axis& a) { return low_padding(a) > 0 || high_padding(a) > 0; });
}

// Splits off the innermost digit of a mixed-radix index.
std::int64_t take_digit(std::int64_t& index, std::int64_t extent) {
  const std::int64_t digit = index % extent;
  index /= extent;
  return digit;
}

}  // namespace

Staging::Staging(const ConvProblem& problem, Words words)
    : problem_(problem), part_(problem), words_(words), numbers_(words == Words::quads ? 4 : 2) {
  part_.geometry.in_channels = ceil_div(problem.geometry.in_channels, numbers_);
  part_.padding_mode = Border::zeros;
  part_.epilogue.weight_zeros = false;
  part_.epilogue.bias = problem.epilogue.bias || words == Words::quads;
  part_.x.dtype = part_.w.dtype = DType::i32;
  reads_x_ = may_read_x();
  if (!reads_x_) set_axes();
  lay_out_x();
  lay_out_w();
}

bool Staging::may_read_x() const {
  const Geometry& g = problem_.geometry;
  const Dims& strides = problem_.x.strides;
  bool whole = words_ == Words::quads && problem_.x.dtype == DType::u8 && problem_.x.alignment >= 4 &&
               g.in_channels % 4 == 0 && strides[channel_axis] == 1 && !has_padding(g);
  for (int i = 0; i < strides.size(); ++i) whole = whole && (i == channel_axis || strides[i] % 4 == 0);
  return whole;
}

// The copy has what the outputs reach, no more and no less.
void Staging::set_axes() {
  for (std::size_t a = 0; a < static_cast<std::size_t>(problem_.geometry.rank); ++a) {
    const Axis& axis = problem_.geometry.axes[a];
    Axis& copied = part_.geometry.axes[a];
    copied.in = std::max<std::int64_t>((axis.out - 1) * axis.stride + (axis.filter - 1) * axis.dilation + 1, 1);
    copied.pad = 0;
    if (copied.in - axis.in > longest_padding)
      throw Error(ErrorCode::Unsupported, "an axis with its padding is too long to copy");
  }
}

void Staging::lay_out_x() {
  const Geometry& g = part_.geometry;
  part_.x.strides = problem_.x.strides;
  if (reads_x_) {
    for (int i = 0; i < part_.x.strides.size(); ++i)
      if (i != channel_axis) part_.x.strides[i] /= 4;
    return;
  }
  part_.x.strides = operand_strides(g, Role::x, MemoryFormat::channels_last);
  Checked words = 1;
  for (const std::int64_t extent : extents_of(g, Role::x)) words = words * extent;
  x_bytes_ = static_cast<std::int64_t>(counted(words * 4));
  part_.x.alignment = Operand::max_alignment;
}

void Staging::lay_out_w() {
  part_.w.strides = operand_strides(part_.geometry, Role::w, MemoryFormat::channels_last);
  part_.w.alignment = Operand::max_alignment;
  Checked words = 1;
  for (const std::int64_t extent : extents_of(part_.geometry, Role::w)) words = words * extent;
  w_bytes_ = static_cast<std::int64_t>(counted(words * 4));
}

// A task is a line along the last axis, of an image.
void Staging::copy_x(const Operands& operands, std::byte* to, const Execution& execution) const {
  const Geometry& g = part_.geometry;
  const Dims& strides = problem_.x.strides;
  const auto last = static_cast<std::size_t>(g.rank - 1);
  const std::int64_t filled = g.in_channels * numbers_, step = g.groups * filled;
  const Positions along{problem_.geometry.axes[last], problem_.padding_mode, g.axes[last].in};
  Line line{.sources = &along,
            .positions = g.axes[last].in,
            .channels = problem_.geometry.in_channels,
            .from_step = strides[3 + g.rank - 1],
            .from_channel_step = strides[channel_axis],
            .to_step = step,
            .filled = filled};
  if (line.channels == 1) line.from_channel_step = 1;
  std::int64_t groups = g.groups;
  if (line.channels == filled && strides[group_axis] == filled * line.from_channel_step)
    line.channels *= groups, line.filled *= groups, groups = 1;
  std::int64_t lines = g.batch;
  for (std::size_t a = 0; a < last; ++a) lines *= g.axes[a].in;
  const std::int32_t zero = operands.quantization->x_zero;
  const std::int64_t line_bytes = line.positions * step * 4 / numbers_;
  const std::int32_t padding_byte = words_ == Words::quads ? zero + shift() : 0;
  parallel_for(execution, lines, [&](std::int64_t task) {
    std::int64_t index = task, offset = 0;
    bool padding = false;
    for (std::size_t a = last; a-- > 0;) {
      const Positions across{problem_.geometry.axes[a], problem_.padding_mode, g.axes[a].in};
      const std::int64_t source = across.source(take_digit(index, g.axes[a].in));
      padding = padding || source < 0;
      offset += source * strides[3 + static_cast<int>(a)];
    }
    std::byte* const at = to + task * line_bytes;
    if (padding) return void(std::fill_n(at, line_bytes, static_cast<std::byte>(padding_byte)));
    offset += index * strides[batch_axis];
    visit_bytes(problem_.x.dtype, operands.x, [&](const auto* x) {
      for (std::int64_t group = 0; group < groups; ++group) {
        const auto* const from = x + offset + group * strides[group_axis];
        if (words_ == Words::quads)
          copy_line(line, from, reinterpret_cast<std::uint8_t*>(at) + group * filled,
                    static_cast<std::uint8_t>(padding_byte), Unsigned{static_cast<std::uint8_t>(shift())});
        else
          copy_line(line, from, reinterpret_cast<std::int16_t*>(at) + group * filled, std::int16_t(0), Distance{zero});
      }
    });
  });
}

// A task is a channel of y.
void Staging::copy_w(const void* w, const std::int32_t* zeros, std::byte* to, const Execution& execution) const {
  const Geometry& g = part_.geometry;
  const Dims& strides = problem_.w.strides;
  const auto last = static_cast<std::size_t>(g.rank - 1);
  const std::int64_t filled = g.in_channels * numbers_;
  Line line{.positions = g.axes[last].filter,
            .channels = problem_.geometry.in_channels,
            .from_step = strides[3 + g.rank - 1],
            .from_channel_step = problem_.geometry.in_channels == 1 ? 1 : strides[channel_axis],
            .to_step = filled,
            .filled = filled};
  std::int64_t lines = 1;
  for (std::size_t a = 0; a < last; ++a) lines *= g.axes[a].filter;
  parallel_for(execution, g.groups * g.out_channels, [&](std::int64_t channel) {
    const std::int64_t group = channel / g.out_channels;
    const std::int64_t first = group * strides[0] + channel % g.out_channels * strides[1];
    for (std::int64_t number = 0; number < lines; ++number) {
      std::int64_t index = number, offset = first;
      for (std::size_t a = last; a-- > 0;)
        offset += take_digit(index, g.axes[a].filter) * strides[3 + static_cast<int>(a)];
      std::byte* const at = to + (channel * lines + number) * line.positions * filled * 4 / numbers_;
      visit_bytes(problem_.w.dtype, w, [&](const auto* from) {
        if (words_ == Words::quads)
          copy_line(line, from + offset, reinterpret_cast<std::uint8_t*>(at), std::uint8_t(0), Unsigned{0});
        else
          copy_line(line, from + offset, reinterpret_cast<std::int16_t*>(at), std::int16_t(0),
                    Distance{zeros ? zeros[channel] : 0});
      });
    }
  });
}

void Staging::sum_w(const std::byte* copied, std::int32_t* sums) const {
  const std::int64_t channels = part_.geometry.groups * part_.geometry.out_channels;
  const std::int64_t bytes = channels > 0 ? w_bytes_ / channels : 0;
  const auto* w = reinterpret_cast<const std::int8_t*>(copied);
  for (std::int64_t channel = 0; channel < channels; ++channel, w += bytes) {
    std::uint32_t sum = 0;  // which wraps
    for (std::int64_t i = 0; i < bytes; ++i) sum += static_cast<std::uint32_t>(w[i]);
    sums[channel] = static_cast<std::int32_t>(sum);
  }
}

}  // namespace faltung::cpu_gemm

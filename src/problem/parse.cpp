// Reads the text form. Words come in any order, but the type stands before the first size: `f32` and `i8` are types
// until a size has been seen, and extents afterwards.
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "problem/geometry.h"
#include "problem/names.h"

namespace faltung {
namespace {

using Numbers = std::vector<std::int64_t>;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

std::optional<std::int64_t> number_from(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ConvProblem parse() {
    for (std::size_t at = next_word(0); at < text_.size(); at = next_word(at + word_.size())) {
      position_ = at;
      word_ = text_.substr(at, text_.find_first_of(" \t\r\n", at) - at);
      if (!(read_pass() || read_dtypes() || read_layouts() || read_size() || read_flag()))
        fail("is not a word of a problem");
    }
    word_ = {};
    position_ = text_.size();
    return finish();
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    const std::string where =
        word_.empty() ? "at the end" : fmt::format("'{}' at position {}", word_.substr(0, 80), position_ + 1);
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("problem text: {} {}; in: {}", where, what, text_.substr(0, 400)));
  }

  std::size_t next_word(std::size_t from) const {
    const std::size_t found = text_.find_first_not_of(" \t\r\n", from);
    return found == std::string_view::npos ? text_.size() : found;
  }

  bool read_pass() {
    for (const auto& [name, pass] : pass_names)
      if (word_ == name) {
        problem_.pass = pass;
        return true;
      }
    return false;
  }

  bool read_dtypes() {
    if (sizes_seen_ || dtypes_seen_) return false;
    std::array<DType, 3> types{};
    const auto parts = split(word_, ':');
    if (parts.size() != 1 && parts.size() != 3) return false;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto type = dtype_from_name(parts[parts.size() == 1 ? 0 : i]);
      if (!type) return false;
      types[i] = *type;
    }
    problem_.x.dtype = types[0], problem_.w.dtype = types[1], problem_.y.dtype = types[2];
    return dtypes_seen_ = true;
  }

  struct Layout {
    std::optional<MemoryFormat> format;
    Dims strides;
  };

  std::optional<Layout> layout_from(std::string_view name) {
    for (std::size_t rank = 0; rank < 3; ++rank) {
      const bool contiguous = name == contiguous_names[rank], last = name == channels_last_names[rank];
      if (!contiguous && !last) continue;
      layout_rank_ = static_cast<int>(rank) + 1;
      return Layout{last ? MemoryFormat::channels_last : MemoryFormat::contiguous, {}};
    }
    if (name.size() < 2 || name.front() != '[' || name.back() != ']') return std::nullopt;
    Layout layout;
    for (std::string_view part : split(name.substr(1, name.size() - 2), ',')) {
      const auto stride = number_from(part);
      if (!stride || layout.strides.size() == 3 + max_spatial) fail("is not a list of four to six strides");
      layout.strides.push_back(*stride);
    }
    return layout;
  }

  bool read_layouts() {
    const auto parts = split(word_, ':');
    if (parts.size() != 1 && parts.size() != 3) return false;
    std::array<Layout, 3> layouts;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto layout = layout_from(parts[parts.size() == 1 ? 0 : i]);
      if (!layout) return false;
      layouts[i] = *layout;
    }
    layouts_ = layouts;
    return true;
  }

  // n32, i56x56, p-1x2, p1:2x0 (low:high)
  bool read_size() {
    static constexpr std::string_view letters = "nckgifosdp";
    const std::size_t letter = letters.find(word_.front());
    if (letter == std::string_view::npos || word_.size() < 2) return false;
    const char second = word_[1];
    if (!(second >= '0' && second <= '9') && second != '-') return false;
    Numbers low, high;
    for (std::string_view part : split(word_.substr(1), 'x')) {
      const auto pair = split(part, ':');
      const auto first = number_from(pair[0]);
      const auto last = pair.size() == 2 ? number_from(pair[1]) : first;
      if (!first || !last || pair.size() > 2 || (pair.size() == 2 && word_.front() != 'p')) fail("is not a size");
      low.push_back(*first);
      high.push_back(*last);
    }
    if (low.size() > (letter < 4 ? 1 : max_spatial)) fail("has too many numbers");
    if (!sizes_[letter].empty()) fail("was given before");
    sizes_[letter] = low;
    if (word_.front() == 'p') high_pads_ = high;
    return sizes_seen_ = true;
  }

  bool read_flag() {
    for (const auto& [name, activation] : activation_names)
      if (word_ == name) {
        problem_.epilogue.activation = activation;
        return true;
      }
    ConvProblem& p = problem_;
    Numerics& n = p.numerics;
    if (const auto border = border_from_name(word_)) {
      p.padding_mode = *border;
      return true;
    }
    if (word_ == "bias") return p.epilogue.bias = true;
    if (word_ == "add") return p.epilogue.add = true;
    if (word_ == "quantized") return p.epilogue.quantized = true;
    if (word_ == "wzero") return p.epilogue.weight_zeros = true;
    if (word_ == "accumulate") return p.accumulate = true;
    if (word_ == "constw") return p.constant_weights = true;
    if (word_ == "conjx") return p.x.conjugate = true;
    if (word_ == "conjw") return p.w.conjugate = true;
    if (word_ == "conjy") return p.y.conjugate = true;
    if (word_ == "deterministic") return n.deterministic = true;
    if (word_ == "batch_invariant") return n.batch_invariant = true;
    if (word_ == "notf32") return !(n.tf32 = false);
    if (word_ == "notransforms") return !(n.transforms = false);
    if (word_ == "largetiles") return n.large_tiles = true;
    if (word_.starts_with("acc:")) {
      n.accumulate = dtype_from_name(word_.substr(4));
      return n.accumulate.has_value();
    }
    return word_.starts_with("align:") && read_alignments();
  }

  bool read_alignments() {
    const auto parts = split(word_.substr(6), ':');
    if (parts.size() != 3) fail("needs three alignments, as in align:16:16:4");
    for (std::size_t i = 0; i < 3; ++i) {
      const auto value = number_from(parts[i]);
      if (!value || *value < 1 || *value > 128) fail("has an alignment that is not a power of two from 1 to 128");
      problem_.operand(static_cast<Role>(i)).alignment = static_cast<std::uint8_t>(*value);
    }
    return true;
  }

  int rank() const {
    std::size_t rank = static_cast<std::size_t>(layout_rank_);
    if (rank == 0)
      for (const Numbers& numbers : sizes_) rank = std::max(rank, numbers.size());
    if (rank == 0) fail("has no sizes: i (input extents) and f (filter extents) are needed");
    for (const Numbers& numbers : sizes_)
      if (numbers.size() > 1 && numbers.size() != rank)
        fail(fmt::format("a size has {} numbers, but there are {} spatial axes", numbers.size(), rank));
    return static_cast<int>(rank);
  }

  // The value for a spatial axis of the size with that letter; one number serves all axes.
  static std::int64_t pick(const Numbers& numbers, int axis, std::int64_t otherwise) {
    return numbers.empty() ? otherwise : numbers.size() == 1 ? numbers[0] : numbers[static_cast<std::size_t>(axis)];
  }
  const Numbers& size(char letter) const { return sizes_[std::string_view("nckgifosdp").find(letter)]; }

  Axis axis(int a) const {
    Axis axis{.in = pick(size('i'), a, 1),
              .filter = pick(size('f'), a, 1),
              .stride = pick(size('s'), a, 1),
              .dilation = pick(size('d'), a, 1),
              .pad = pick(size('p'), a, 0)};
    if (!size('o').empty()) {
      axis.out = pick(size('o'), a, 1);
      return axis;
    }
    const Checked room =
        Checked(axis.in) + axis.pad + pick(high_pads_, a, 0) - (Checked(axis.filter) - 1) * axis.dilation - 1;
    if (!room.fits()) fail("sizes leave 64 bits");
    if (axis.stride < 1) fail("needs a stride of at least 1");
    if (room.value() < 0) fail(fmt::format("spatial axis {}: the filter reaches beyond the padded input", a));
    axis.out = room.value() / axis.stride + 1;
    return axis;
  }

  ConvProblem finish() {
    ConvProblem& p = problem_;
    Geometry& g = p.geometry;
    if (size('i').empty() || size('f').empty())
      fail("lacks i (input extents) or f (filter extents); before the first size, i8 and f32 are types");
    g.rank = rank();
    g.batch = pick(size('n'), 0, 1);
    g.groups = pick(size('g'), 0, 1);
    if (g.groups < 1) fail("needs at least one group");
    const std::int64_t c = pick(size('c'), 0, g.groups), k = pick(size('k'), 0, g.groups);
    if (c % g.groups != 0 || k % g.groups != 0)
      fail(fmt::format("c{} and k{} must be multiples of g{}", c, k, g.groups));
    g.in_channels = c / g.groups;
    g.out_channels = k / g.groups;
    for (int a = 0; a < g.rank; ++a) g.axes[static_cast<std::size_t>(a)] = axis(a);
    try {
      for (Role role : {Role::x, Role::w, Role::y}) {
        const Layout& layout = layouts_[static_cast<std::size_t>(role)];
        p.operand(role).strides = layout.format ? operand_strides(g, role, *layout.format) : layout.strides;
      }
      return canonical(p);
    } catch (const Error& error) {
      fail(fmt::format("makes no problem: {}", error.what()));
    }
  }

  std::string_view text_, word_;
  std::size_t position_ = 0;
  ConvProblem problem_;
  bool dtypes_seen_ = false, sizes_seen_ = false;
  int layout_rank_ = 0;
  std::array<Layout, 3> layouts_{Layout{MemoryFormat::contiguous, {}}, Layout{MemoryFormat::contiguous, {}},
                                 Layout{MemoryFormat::contiguous, {}}};
  std::array<Numbers, 10> sizes_;
  Numbers high_pads_;
};

}  // namespace

ConvProblem parse_problem(std::string_view text) { return Parser(text).parse(); }

}  // namespace faltung

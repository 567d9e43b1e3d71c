#include "tensor/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace faltung {
namespace {

struct Row {
  std::string_view kind;  // without the byte order
  StoredType type;
};
constexpr std::array<Row, 14> kinds{{{"f2", DType::f16},
                                     {"f4", DType::f32},
                                     {"f8", DType::f64},
                                     {"c8", DType::cf32},
                                     {"c16", DType::cf64},
                                     {"i1", DType::i8},
                                     {"i4", DType::i32},
                                     {"i8", DType::i64},
                                     {"b1", DType::boolean},
                                     {"i2", ForeignType::i16},
                                     {"u1", DType::u8},
                                     {"u2", ForeignType::u16},
                                     {"u4", ForeignType::u32},
                                     {"u8", ForeignType::u64}}};

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::InvalidArgument, "npy: " + what); }

// Of a hostile file: no more than a few characters, and none that a terminal obeys.
std::string readable(std::string_view text) {
  std::string result(text.substr(0, 16));
  for (char& c : result)
    if (c < ' ' || c > '~') c = '?';
  return result;
}

// The element type and byte order of `header`.
void read_descr(std::string_view descr, NpyHeader& header) {
  const std::string_view kind = descr.substr(std::min<std::size_t>(descr.size(), 1));
  const char order = descr.empty() ? ' ' : descr.front();
  bool known = false;
  for (const Row& row : kinds)
    if (row.kind == kind) header.type = row.type, known = true;
  known = known && (order == '<' || order == '>' || order == '=' || (order == '|' && size_of(header.type.dtype) == 1));
  header.swapped = order == '>';
  header.descr = readable(descr);
  if (!known)
    fail(
        fmt::format("elements of type '{}' are not read; known are f2 f4 f8 c8 c16 i1 i2 i4 i8 u1 u2 u4 u8 b1 of "
                    "either byte order",
                    readable(descr)));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  NpyHeader header() {
    NpyHeader result;
    std::optional<std::string_view> type;
    std::optional<bool> fortran;
    std::optional<Dims> shape;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr")
        once(type) = descr();
      else if (key == "fortran_order")
        once(fortran) = boolean();
      else if (key == "shape")
        once(shape) = tuple();
      else
        fail("the header has a key that is none of descr, fortran_order, shape");
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_space();
    if (at_ != text_.size()) fail("the header goes on after its dictionary");
    if (!type || !fortran || !shape) fail("the header lacks one of descr, fortran_order, shape");
    read_descr(*type, result);
    result.fortran_order = *fortran;
    result.shape = *shape;
    return result;
  }

 private:
  template <class T>
  std::optional<T>& once(std::optional<T>& value) {
    if (value) fail("the header names a key twice");
    return value;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("the header is not a dictionary: '{}' expected at character {}", c, at_));
  }
  bool accept(std::string_view word) {
    skip_space();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string_view string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail(fmt::format("the header lacks a string at character {}", at_));
    const std::size_t begin = at_ + 1, end = text_.find(quote, begin);
    if (end == std::string_view::npos) fail("a string in the header does not end");
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }
  std::string_view descr() {
    if (peek() == '[') fail("structured element types are not read; save one field");
    return string();
  }
  bool boolean() {
    if (accept("True")) return true;
    if (accept("False")) return false;
    fail("fortran_order is neither True nor False");
  }
  std::int64_t integer() {
    skip_space();
    std::int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) fail("an extent of the shape is not a number from 0 to 2^63-1");
    at_ += static_cast<std::size_t>(end - begin);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 writes long integers
    return value;
  }
  Dims tuple() {
    Dims shape;
    expect('(');
    while (!accept(')')) {
      if (shape.size() == max_rank) fail(fmt::format("the array has more than {} dimensions", max_rank));
      shape.push_back(integer());
      if (accept(',')) continue;
      if (shape.size() == 1) fail("the shape is a number in brackets, not a tuple");
      expect(')');
      break;
    }
    return shape;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view text) { return Parser(text).header(); }

std::string print_npy_header(const NpyHeader& header) {
  std::string_view kind;
  for (const Row& row : kinds)
    if (row.type == header.type) kind = row.kind;
  if (kind.empty()) {
    fail(fmt::format("there is no npy type for {}; write safetensors, or cast", name_of(header.type.dtype)));
  }
  std::string shape;
  for (std::int64_t size : header.shape) shape += fmt::format("{}, ", size);
  if (header.shape.size() > 1)
    shape.resize(shape.size() - 2);
  else if (header.shape.size() == 1)
    shape.resize(shape.size() - 1);
  return fmt::format("{{'descr': '{}{}', 'fortran_order': {}, 'shape': ({}), }}",
                     size_of(header.type.dtype) == 1 ? '|' : '<', kind, header.fortran_order ? "True" : "False", shape);
}

}  // namespace faltung

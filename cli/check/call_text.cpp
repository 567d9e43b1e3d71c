#include "check/call_text.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>

namespace faltung::check {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view line) : line_(line) {}

  CallText call() {
    CallText result;
    if (take("F.")) result.function = word();
    expect("(");
    do {
      if (const auto name = argument_name())
        result.named[*name] = value();
      else
        result.positional.push_back(value());
    } while (take(","));
    expect(")");
    if (at_ != line_.size()) fail("the end");
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view wanted) const {
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("position {} of the call should be {}: {}", at_, wanted, line_.substr(0, 200)));
  }
  void skip_blanks() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!line_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail(token);
  }
  std::string word() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < line_.size() && (std::isalnum(static_cast<unsigned char>(line_[at_])) || line_[at_] == '_')) ++at_;
    if (at_ == start) fail("a name");
    return std::string(line_.substr(start, at_ - start));
  }
  std::optional<std::string> argument_name() {
    const std::size_t start = at_;
    skip_blanks();
    if (at_ < line_.size() && std::isalpha(static_cast<unsigned char>(line_[at_]))) {
      const std::string name = word();
      if (take("=")) return name;
    }
    at_ = start;
    return {};
  }

  std::int64_t plain_number() {
    skip_blanks();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(line_.data() + at_, line_.data() + line_.size(), number);
    if (error != std::errc()) fail("a number");
    at_ = static_cast<std::size_t>(end - line_.data());
    return number;
  }
  // 7, -1, 2**40
  std::int64_t number() {
    const std::int64_t base = plain_number();
    if (!take("**")) return base;
    std::int64_t power = 1, exponent = plain_number();
    if (exponent < 0 || exponent > 63) fail("an exponent from 0 to 63");  // powers of 1 never overflow
    for (; exponent > 0; --exponent)
      if (__builtin_mul_overflow(power, base, &power)) fail("a power that fits in 64 bits");
    return power;
  }

  ZerosText zeros() {
    ZerosText result;
    expect("(");
    while (!take(")")) {
      if (take("dtype=torch."))
        result.dtype = dtype();
      else
        result.sizes.push_back(number());
      take(",");
    }
    return result;
  }
  DType dtype() {
    const std::string name = word();
    if (name == "bool") return DType::boolean;
    const std::optional<DType> known = dtype_from_name(name);
    if (!known) fail("a known dtype");
    return *known;
  }

  ValueText value() {
    ValueText result;
    if (take("z"))
      result.tensor = zeros();
    else if (take("'")) {
      result.text = word();
      expect("'");
    } else if (take("(")) {
      while (!take(")")) {
        result.numbers.push_back(number());
        take(",");
      }
    } else {
      result.numbers.push_back(number());
    }
    return result;
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

}  // namespace

CallText parse_call(std::string_view line) { return Parser(line).call(); }

}  // namespace faltung::check

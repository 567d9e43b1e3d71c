// {fmt}, compiled once; other files see only its declarations, which saves 2 seconds each. The functions that format
// each kind of argument are weak symbols of this object, so a program may link its own {fmt} beside this library.
#define FMT_HEADER_ONLY 1
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>
#include <vector>

namespace faltung {

// Never called. With inlining off (see CMakeLists.txt) the compiler must emit everything that these calls use.
[[gnu::used]] std::string use_fmt(const std::vector<double>& numbers, const std::vector<std::string>& words,
                                  int width) {
  fmt::print("{}", width);
  fmt::print(stderr, "{}", width);
  return fmt::format("{:>{}} {:L} {:.{}f} {} {:L} {} {}", width, width, width, 1.5, width, 1.5f, 2.5,
                     fmt::join(numbers, ","), fmt::join(words, ","));
}

}  // namespace faltung

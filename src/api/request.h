// What was asked, in the caller's words: everything that an error message tells about a call.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "faltung/conv.h"

namespace faltung {

struct Request {
  std::string_view function;
  const TensorView& input;
  const TensorView& weight;
  const ConvOptions& options;
  bool transposed = false;
  int rank = 0;  // spatial axes that the function's name says; 0: any

  // InvalidArgument: the function, the fact and what would be right, then the call.
  [[noreturn]] void refuse(const std::string& fact) const;

  // The text is made only if the condition does not hold.
  template <class... Args>
  void need(bool condition, fmt::format_string<const Args&...> text, const Args&... args) const {
    if (!condition) [[unlikely]]
      refuse(fmt::format(text, args...));
  }
};

std::string to_text(const Dims& extents);  // "[1,3,8,8]"

}  // namespace faltung

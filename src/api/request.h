// A call in the caller's words, for error messages.
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

  // Throws InvalidArgument with the function, the fact and the remedy, then the call.
  [[noreturn]] void refuse(const std::string& fact) const;

  // Formats the text only if the condition fails.
  template <class... Args>
  void need(bool condition, fmt::format_string<const Args&...> text, const Args&... args) const {
    if (!condition) [[unlikely]]
      refuse(fmt::format(text, args...));
  }
};

std::string to_text(const Dims& extents);  // "[1,3,8,8]"

}  // namespace faltung

#include "plugin/text.h"

#include <algorithm>
#include <cstring>

namespace faltung::plugin {

std::string printable(const char* text, std::size_t bytes) {
  if (!text) return {};
  std::string copy(text, ::strnlen(text, bytes));
  std::replace_if(
      copy.begin(), copy.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return copy;
}

bool is_word(std::string_view text) noexcept {
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() < 64 && text != "-" && std::all_of(text.begin(), text.end(), belongs);
}

}  // namespace faltung::plugin

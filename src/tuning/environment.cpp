// Environments are words, `name=value`, in a fixed order.
#include <fmt/format.h>

#include "faltung/tuning.h"
#include "tuning/record_line.h"

namespace faltung {
namespace {

std::string_view name_of(std::string_view word) { return word.substr(0, word.find('=')); }

std::string_view word_named(std::string_view name, std::string_view environment) {
  for (std::string_view word = take_word(environment); !word.empty(); word = take_word(environment))
    if (name_of(word) == name) return word;
  return {};
}

}  // namespace

std::string environment_difference(std::string_view theirs, std::string_view here) {
  std::string_view rest = theirs;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest))
    if (const std::string_view ours = word_named(name_of(word), here); ours != word)
      return fmt::format("{}, here {}", word.substr(0, 200), ours.empty() ? "none" : ours);
  rest = here;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest))
    if (word_named(name_of(word), theirs).empty()) return fmt::format("none, here {}", word);
  return {};
}

}  // namespace faltung

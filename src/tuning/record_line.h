// A record as a line: `seconds engine variant-or-dash [revision=… threads=… only=… without=…,… limit=… made=…]
// problem`.
#pragma once

#include <string>
#include <string_view>

#include "faltung/tuning.h"

namespace faltung {

// The next word, taken off the text; empty at its end.
std::string_view take_word(std::string_view& text) noexcept;

std::string print_line(const TuningRecord& record);
// Throws InvalidArgument. It says no environment.
TuningRecord parse_line(std::string_view line);

// Everything of the key as one text: what a file of the store is named after.
std::string print_key(const TuningKey& key);

// A text as one word, whatever it holds.
std::string as_word(std::string_view text);

}  // namespace faltung

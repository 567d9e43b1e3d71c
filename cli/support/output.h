// All that the program prints. Names and messages may come from a file, so control characters come out as \u001b: a
// file commands no terminal. In JSON the same is the character.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace faltung::cli {

// Control characters but tabs and line ends, and bytes that are no UTF-8, written out.
std::string printable(std::string_view text);
// Line ends too: for a name that must not look like a line of its own.
std::string printable_name(std::string_view name);

void write_result(std::string_view text);            // to stdout; throws std::system_error
void write_bytes(std::span<const std::byte> bytes);  // as they are, for files; throws as that
void write_message(std::string_view text) noexcept;  // to stderr; a message that cannot be written is lost

template <class... Values>
void print_result(fmt::format_string<Values...> format, Values&&... values) {
  write_result(fmt::format(format, std::forward<Values>(values)...));
}

template <class... Values>
void print_message(fmt::format_string<Values...> format, Values&&... values) {
  write_message(fmt::format(format, std::forward<Values>(values)...));
}

}  // namespace faltung::cli

#include "support/output.h"

#include <cerrno>
#include <system_error>

namespace faltung::cli {
namespace {

// The character that `text` begins with, or -1 if it is no UTF-8; and its length.
struct Character {
  int code = -1;
  std::size_t length = 1;
};

Character first_of(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  int code = lead & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr int least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (code < least[length] || code > 0x10FFFF || surrogate) return {};
  return {code, length};
}

// C0, C1, and what changes the direction of the text around it.
bool commands_a_terminal(int code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string printable(std::string_view text, std::string_view allowed) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = first_of(text.substr(at));
    if (allowed.find(text[at]) == std::string_view::npos && commands_a_terminal(code))
      shown += fmt::format("\\u{:04x}", code < 0 ? static_cast<unsigned char>(text[at]) : code);
    else
      shown += text.substr(at, length);
    at += length;
  }
  return shown;
}

}  // namespace

std::string printable(std::string_view text) { return printable(text, "\t\n"); }
std::string printable_name(std::string_view name) { return printable(name, ""); }

void write_bytes(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size())
    throw std::system_error(errno, std::generic_category(), "cannot write the results");
}

void write_result(std::string_view text) {
  const std::string shown = printable(text);
  write_bytes(std::as_bytes(std::span(shown)));
}

void write_message(std::string_view text) noexcept {
  try {
    const std::string shown = printable(text);
    std::fwrite(shown.data(), 1, shown.size(), stderr);
  } catch (const std::bad_alloc&) {
    std::fputs("faltung: out of memory\n", stderr);
  }
}

}  // namespace faltung::cli

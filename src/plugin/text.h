// Texts that a plug-in writes, and calls into it.
#pragma once

#include <array>
#include <exception>
#include <string>
#include <string_view>

#include "faltung/plugin.h"

namespace faltung::plugin {

// At most `bytes` characters; what is not printable ASCII becomes '?', so that no terminal and no file is harmed.
std::string printable(const char* text, std::size_t bytes);
// Letters, digits, '.', '_', '-' and up to 63 of them: a name on command lines and in tuning records.
bool is_word(std::string_view text) noexcept;

// The reason that a plug-in gives for a "no".
class Reason {
 public:
  faltung_plugin_text to_fill() noexcept { return {text_.data(), text_.size()}; }
  void set(std::string_view text, std::string_view more = {}) noexcept {
    const std::size_t most = text_.size() - 1, length = text.copy(text_.data(), most);
    text_[length + more.copy(text_.data() + length, most - length)] = '\0';
  }
  std::string text() const {
    const std::string given = printable(text_.data(), text_.size());
    return given.empty() ? "it gave no reason" : given;
  }

 private:
  std::array<char, 512> text_{};
};

// What `call` returns; `failure` if it throws, which C must not and C++ may: the reason is then what it threw.
template <class Call, class Result>
Result call_plugin(Reason& reason, Result failure, const Call& call) noexcept {
  try {
    return call();
  } catch (const std::exception& error) {
    reason.set("it threw: ", error.what());
  } catch (...) {
    reason.set("it threw something that is no std::exception");
  }
  return failure;
}

}  // namespace faltung::plugin

// Any text is a problem, or a file of problems, or an Error; a problem survives being printed and read again.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "faltung/problem.h"

namespace {

std::optional<faltung::ConvProblem> parsed(std::string_view text) {
  try {
    return faltung::parse_problem(text);
  } catch (const faltung::Error&) {
    return std::nullopt;
  }
}

void read_as_file(std::string_view text) {
  try {
    (void)faltung::parse_problem_file(text);
  } catch (const faltung::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_as_file(text);
  const auto problem = parsed(text);
  if (problem && parsed(faltung::print(*problem)) != problem) std::abort();
  return 0;
}

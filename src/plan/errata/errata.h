// Known wrong results of a vendor's library, as data:
//
//     f16 bf16 ncdhw : 9.8-9.14 : * : what is wrong
//
// A line names the problems, the versions of the library, the way in which it does them (whose name is the engine's
// matter; `*`: all ways) and the reason. Problems are named by words: passes (fwd dgrad wgrad), types (f32 …), layouts
// (nchw nhwc …) and activations (none relu …), of each of which one must match, and properties that must all hold:
// strided dilated grouped uneven (padding) unaligned (channels of all groups, no multiple of 8) bias deterministic. `*`
// alone: every problem. Versions: 9.8-9.14 (inclusive), 9.8- or 9.8. `#` starts a comment.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/problem.h"

namespace faltung {

struct Erratum {
  std::vector<std::string> words;
  std::int64_t first = 0, last = 0;  // versions, as version_number() has them
  std::string way;
  std::string reason;

  bool concerns(const ConvProblem& problem, std::int64_t version) const;
  bool concerns_every_way() const noexcept { return way == "*"; }
};

constexpr std::int64_t version_number(std::int64_t major, std::int64_t minor) noexcept { return major * 1000 + minor; }

// Throws Error with the fault of a name that is no way of the library's. `*` is not asked for.
using CheckWay = std::function<void(std::string_view way)>;

// Throws InvalidArgument with the line number.
std::vector<Erratum> parse_errata(std::string_view text, const CheckWay& check_way);

// The lines of the file, of at most 1 MiB, that an environment variable names. A file that cannot be read or parsed
// becomes a single erratum that refuses every problem, since its intent is unknown.
std::vector<Erratum> errata_of_file(const char* variable, const std::string& path, const CheckWay& check_way);
// None if the variable is not set.
std::vector<Erratum> errata_of_environment(const char* variable, const CheckWay& check_way);

// The number that a text is, at most 2^31 - 1; throws Error where it is none.
std::int64_t errata_number(std::string_view text);

}  // namespace faltung

// How `faltung verify` has problems planned.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/device.h"

namespace faltung::cli {

struct VerifyOptions {
  std::vector<std::string> problems;
  std::string engines, variants;             // "all", or empty
  int random = 0, at_once = 0, streams = 0;  // 0: by default
  std::uint64_t seed = 1;
  bool quiet = false;
  EngineOptions choosing;
};

struct Count {
  std::size_t passed = 0, failed = 0, refused = 0;
};

// One way to plan them all, and what came of it.
struct Way {
  std::string name;
  Policy policy;
  Count count{};
};

// Whether engines from outside are to be proved: nobody said otherwise.
bool proves_libraries(const VerifyOptions& options);

// The chosen engine's, each engine's, or two for each engine from outside.
std::vector<Way> ways_of(const VerifyOptions& options, const Context& context);

}  // namespace faltung::cli

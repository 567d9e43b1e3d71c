// Where the files that tests read lie: the source tree, or a copy of it on a machine that runs tests built elsewhere.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace faltung::test {

inline std::filesystem::path source_dir() {
  const char* elsewhere = std::getenv("FALTUNG_SOURCE_DIR");
  return elsewhere ? elsewhere : FALTUNG_SOURCE_DIR;
}

}  // namespace faltung::test

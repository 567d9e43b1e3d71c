// Where the store is. A program that runs with more rights than its user has none of the user's.
#include <cstdlib>
#include <string_view>

#include "faltung/tuning.h"

namespace faltung {
namespace {

std::string variable(const char* name) {
  const char* const value = ::secure_getenv(name);
  return value ? value : "";
}

// The specification of XDG: a relative path is none.
bool is_absolute(std::string_view path) { return path.starts_with('/'); }

}  // namespace

std::string user_tuning_folder() {
  if (std::string own = variable("FALTUNG_CACHE_DIR"); !own.empty()) return own;
  if (const std::string caches = variable("XDG_CACHE_HOME"); is_absolute(caches)) return caches + "/faltung";
  if (const std::string home = variable("HOME"); is_absolute(home)) return home + "/.cache/faltung";
  return {};
}

std::vector<std::string> machine_tuning_folders() { return {"/etc/faltung", FALTUNG_DATA_DIR}; }

}  // namespace faltung

#include "engines/cpu/onednn/library_paths.h"

namespace faltung::cpu_onednn {

std::vector<std::string> library_paths(const std::string& soname, const Environment& environment) {
  if (std::string named = named_library(environment, "FALTUNG_ONEDNN", soname); !named.empty()) return {named};
  std::vector<std::string> places{soname};
  for (const std::filesystem::path& prefix : python_prefixes(environment))
    places.push_back((prefix / "lib" / soname).string());
  return places;
}

}  // namespace faltung::cpu_onednn

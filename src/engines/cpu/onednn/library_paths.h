// Paths at which libdnnl may be installed. Needs no library.
#pragma once

#include <string>
#include <vector>

#include "base/library_places.h"

namespace faltung::cpu_onednn {

// Candidates in the order to try. If FALTUNG_ONEDNN (a file or a folder) is set, only that. Else the bare name
// (LD_LIBRARY_PATH and system folders), then where pip puts it: in the virtual environment, beside the python3 in PATH,
// of the user, of the system.
std::vector<std::string> library_paths(const std::string& soname, const Environment& environment);

}  // namespace faltung::cpu_onednn

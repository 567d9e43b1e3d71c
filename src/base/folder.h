// The names in a folder. The iterators of <filesystem> end the program where memory runs out.
#pragma once

#include <string>
#include <vector>

namespace faltung {

// Sorted; those that begin with a dot are left out. Empty if the folder cannot be read.
std::vector<std::string> names_in(const std::string& folder);

}  // namespace faltung

// What can be said of a shared object before any of its code runs.
#pragma once

#include <string>

namespace faltung::plugin {

// Why the file is no shared object for this processor that may hold a plug-in: no ELF file, of another machine, cut off
// (the loader would end the program with SIGBUS), without the name of the function to call. Empty if it may be opened.
// Throws Io if it cannot be read.
std::string fault_of_shared_object(const std::string& path);

}  // namespace faltung::plugin

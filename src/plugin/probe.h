// A first look at a plug-in by another process, which may die of it.
#pragma once

#include <string>

namespace faltung::plugin {

// Opens the shared object in a child process and asks it for its engines there. Why that failed: a signal, an exit, no
// end within ten seconds; empty if it went well. The child is waited for by its number.
std::string fault_of_probe(const std::string& path);

}  // namespace faltung::plugin

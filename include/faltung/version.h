// The version of the headers in use; `faltung::version()` gives the library's.
#pragma once

#define FALTUNG_VERSION_MAJOR 0
#define FALTUNG_VERSION_MINOR 1
#define FALTUNG_VERSION_PATCH 0

#pragma GCC visibility push(default)
namespace faltung {

// "major.minor.patch" of the library that is linked.
const char* version() noexcept;

}  // namespace faltung
#pragma GCC visibility pop

#include "faltung/version.h"

#define FALTUNG_TEXT(x) #x
#define FALTUNG_JOIN(a, b, c) FALTUNG_TEXT(a) "." FALTUNG_TEXT(b) "." FALTUNG_TEXT(c)

namespace faltung {

const char* version() noexcept {
  return FALTUNG_JOIN(FALTUNG_VERSION_MAJOR, FALTUNG_VERSION_MINOR, FALTUNG_VERSION_PATCH);
}

}  // namespace faltung

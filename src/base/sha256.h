// Checksums of files and names made of texts.
#pragma once

#include <string>
#include <string_view>

namespace faltung {

// FIPS 180-4, as 64 hexadecimal digits: what `sha256sum` prints.
std::string sha256(std::string_view bytes);

}  // namespace faltung

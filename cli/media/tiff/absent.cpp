// Stands in for tiff.cpp where the library is missing: check_library() has refused before.
#include "media/picture.h"

namespace faltung::cli {

Picture parse_tiff(std::span<const std::byte>) { return {}; }
std::vector<std::byte> format_tiff(const Picture&) { return {}; }
LibraryReport tiff_library() { return {"libtiff", "", "was not there when this was built"}; }

}  // namespace faltung::cli

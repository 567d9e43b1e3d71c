// Stands in for tiff.cpp where the library is missing.
#include "command.h"
#include "media/picture.h"

namespace faltung::cli {
namespace {

[[noreturn]] void refuse() {
  throw UsageError("this program was built without libtiff: TIFF is neither read nor written; there is PNG");
}

}  // namespace

Picture parse_tiff(std::span<const std::byte>) { refuse(); }
std::vector<std::byte> format_tiff(const Picture&) { refuse(); }
LibraryReport tiff_library() { return {"libtiff", "", "was not there when this was built"}; }

}  // namespace faltung::cli

// Stands in for jpeg.cpp where the library is missing.
#include "command.h"
#include "media/picture.h"

namespace faltung::cli {
namespace {

[[noreturn]] void refuse() {
  throw UsageError("this program was built without libjpeg: JPEG is neither read nor written; there is PNG");
}

}  // namespace

Picture parse_jpeg(std::span<const std::byte>) { refuse(); }
std::vector<std::byte> format_jpeg(const Picture&) { refuse(); }
LibraryReport jpeg_library() { return {"libjpeg", "", "was not there when this was built"}; }

}  // namespace faltung::cli

// How large a picture may be.
#include <fmt/format.h>

#include "command.h"
#include "media/picture.h"
#include "support/files.h"

namespace faltung::cli {

namespace {

// Its samples, those of a result and the file of that; planes of f32 before and after a filter.
std::uint64_t memory_of(const Picture& picture, int more) {
  const auto bytes = static_cast<std::uint64_t>(6 * picture.channels() + 8 * picture.colours + more);
  return bytes * static_cast<std::uint64_t>(picture.height * picture.width);
}

}  // namespace

void check_extents(const Picture& picture, std::size_t file_bytes, int more) {
  if (picture.width < 1 || picture.height < 1 || picture.height > max_pixels / picture.width) {
    throw Failure(fmt::format("the picture says it has {}x{} pixels; at most {} million are read", picture.width,
                              picture.height, max_pixels / 1'000'000));
  }
  const std::uint64_t memory = memory_of(picture, more), most = most_memory(file_bytes);
  if (memory <= most) return;
  throw Failure(fmt::format(
      "the picture has {}x{} pixels in {} bytes: filtering it takes {} MiB, and at most {} MiB is given to so small a "
      "file",
      picture.width, picture.height, file_bytes, memory >> 20, most >> 20));
}

}  // namespace faltung::cli

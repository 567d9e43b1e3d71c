// A TIFF file in memory, as libtiff reads and writes it.
#pragma once

#include <tiffio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace faltung::cli {

struct TiffStream {
  std::span<const std::byte> input;  // when reading
  std::vector<std::byte> output;     // when writing
  std::size_t at = 0;
  bool writing = false;
  std::string error;  // the first

  std::size_t size() const noexcept { return writing ? output.size() : input.size(); }
};

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, CloseTiff>;

// The stream must outlive it. No allocation of libtiff's is greater than `most`. Throws Failure.
Tiff open_tiff(TiffStream& stream, std::size_t most);

}  // namespace faltung::cli

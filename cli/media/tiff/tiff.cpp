#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "command.h"
#include "media/picture.h"
#include "media/tiff/stream.h"
#include "support/files.h"

namespace faltung::cli {
namespace {

struct Reading {
  TiffStream stream;
  Tiff tiff;
  Picture picture;
  std::uint16_t photometric = 0;
  bool planes = false;  // colours lie apart

  template <class T>
  T field(std::uint32_t tag, T otherwise) const {
    T value = otherwise;
    return TIFFGetFieldDefaulted(tiff.get(), tag, &value) ? value : otherwise;
  }
  [[noreturn]] void fail() const {
    throw Failure("not a readable TIFF file: " + (stream.error.empty() ? "it contradicts itself" : stream.error));
  }
  std::int64_t row_channels() const { return planes ? 1 : picture.channels(); }
};

// Colours that were multiplied with alpha would have to be divided by it, and be filtered otherwise.
bool has_alpha(const Reading& reading, int samples) {
  const std::uint16_t* kinds = nullptr;
  std::uint16_t count = 0;
  if (samples <= 0) return false;
  if (TIFFGetField(reading.tiff.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) && count > 0 && kinds &&
      kinds[0] == EXTRASAMPLE_ASSOCALPHA)
    throw Failure("the picture's colours were multiplied with alpha, which is not read");
  return true;
}

// Whether samples are read as they are. All else goes through libtiff's conversion to 8 bits.
bool is_plain(const Reading& reading, int bits, int samples) {
  const bool gray = reading.photometric == PHOTOMETRIC_MINISBLACK, rgb = reading.photometric == PHOTOMETRIC_RGB;
  const int extra = samples - (rgb ? 3 : 1);
  return (gray || rgb) && (bits == 8 || bits == 16) && (extra == 0 || extra == 1);
}

void describe(Reading& reading) {
  Picture& picture = reading.picture;
  picture.width = reading.field<std::uint32_t>(TIFFTAG_IMAGEWIDTH, 0);
  picture.height = reading.field<std::uint32_t>(TIFFTAG_IMAGELENGTH, 0);
  reading.photometric = reading.field<std::uint16_t>(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  reading.planes = reading.field<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  const bool gray = reading.photometric == PHOTOMETRIC_MINISBLACK || reading.photometric == PHOTOMETRIC_MINISWHITE;
  picture.colours = gray ? 1 : 3;
}

void check_samples(const Reading& reading) {
  const auto format = reading.field<std::uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID)
    throw Failure("the picture's samples are signed or floating-point numbers; integers of 8 and 16 bits are read");
  if (reading.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1) > 16)
    throw Failure("the picture's samples have more than 16 bits");
}

// A part of the picture, rows of samples side by side, to its place.
void place(Reading& reading, const std::vector<std::byte>& part, std::int64_t part_width, std::int64_t left,
           std::int64_t top, std::int64_t rows, int plane) {
  Picture& picture = reading.picture;
  const std::int64_t channels = reading.row_channels(), columns = std::min(part_width, picture.width - left);
  const auto* narrow = reinterpret_cast<const std::uint8_t*>(part.data());
  const auto* wide = reinterpret_cast<const std::uint16_t*>(part.data());
  for (std::int64_t row = 0; row < std::min(rows, picture.height - top); ++row) {
    for (std::int64_t i = 0; i < columns * channels; ++i) {
      const std::int64_t from = row * part_width * channels + i;
      const std::int64_t pixel = (top + row) * picture.width + left + i / channels;
      picture.samples[static_cast<std::size_t>(pixel * picture.channels() + i % channels + plane)] =
          picture.depth == 16 ? wide[from] : narrow[from];
    }
  }
}

// Bytes that a part must have, for what is read from it to be there.
std::vector<std::byte> buffer(const Reading& reading, std::int64_t width, std::int64_t rows, tmsize_t bytes) {
  const std::int64_t samples = width * rows * reading.row_channels();
  if (bytes <= 0 || samples * (reading.picture.depth / 8) > bytes) reading.fail();
  return std::vector<std::byte>(static_cast<std::size_t>(bytes));
}

void read_rows(Reading& reading, int plane) {
  TIFF* tiff = reading.tiff.get();
  const Picture& picture = reading.picture;
  std::vector<std::byte> row = buffer(reading, picture.width, 1, TIFFScanlineSize(tiff));
  for (std::int64_t y = 0; y < picture.height; ++y) {
    if (TIFFReadScanline(tiff, row.data(), static_cast<std::uint32_t>(y), static_cast<std::uint16_t>(plane)) != 1)
      reading.fail();
    place(reading, row, picture.width, 0, y, 1, plane);
  }
}

void read_tiles(Reading& reading, int plane) {
  TIFF* tiff = reading.tiff.get();
  const Picture& picture = reading.picture;
  const std::int64_t width = reading.field<std::uint32_t>(TIFFTAG_TILEWIDTH, 0),
                     height = reading.field<std::uint32_t>(TIFFTAG_TILELENGTH, 0);
  const tmsize_t bytes = TIFFTileSize(tiff);
  if (width < 1 || height < 1 || width > max_pixels / height ||
      bytes > static_cast<tmsize_t>(most_memory(reading.stream.size())))
    reading.fail();
  std::vector<std::byte> tile = buffer(reading, width, height, bytes);
  for (std::int64_t top = 0; top < picture.height; top += height) {
    for (std::int64_t left = 0; left < picture.width; left += width) {
      if (TIFFReadTile(tiff, tile.data(), static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top), 0,
                       static_cast<std::uint16_t>(plane)) < 0)
        reading.fail();
      place(reading, tile, width, left, top, height, plane);
    }
  }
}

void read_plain(Reading& reading) {
  const int planes = reading.planes ? reading.picture.channels() : 1;
  for (int plane = 0; plane < planes; ++plane) {
    if (TIFFIsTiled(reading.tiff.get()))
      read_tiles(reading, plane);
    else
      read_rows(reading, plane);
  }
}

// Palettes, fewer bits and other colour spaces, as libtiff converts them.
void read_converted(Reading& reading) {
  Picture& picture = reading.picture;
  std::vector<std::uint32_t> pixels(picture.samples.size() / static_cast<std::size_t>(picture.colours));
  if (TIFFReadRGBAImageOriented(reading.tiff.get(), static_cast<std::uint32_t>(picture.width),
                                static_cast<std::uint32_t>(picture.height), pixels.data(), ORIENTATION_TOPLEFT, 1) != 1)
    reading.fail();
  std::uint16_t* out = picture.samples.data();
  for (const std::uint32_t pixel : pixels)
    for (int colour = 0; colour < picture.colours; ++colour) *out++ = (pixel >> (8 * colour)) & 255;
}

template <class... Values>
void set(const Tiff& tiff, std::uint32_t tag, Values... values) {
  if (TIFFSetField(tiff.get(), tag, values...) != 1) throw Failure("cannot write the picture");
}

void set_fields(const Tiff& tiff, const Picture& picture) {
  set(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(picture.width));
  set(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(picture.height));
  set(tiff, TIFFTAG_BITSPERSAMPLE, picture.depth);
  set(tiff, TIFFTAG_SAMPLESPERPIXEL, picture.channels());
  set(tiff, TIFFTAG_PHOTOMETRIC, picture.colours == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  set(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  set(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
  set(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  std::uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
  if (picture.alpha) set(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
  set(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff.get(), 0));
}

}  // namespace

Picture parse_tiff(std::span<const std::byte> bytes) {
  Reading reading{.stream = {.input = bytes}};
  reading.tiff = open_tiff(reading.stream, most_memory(bytes.size()));
  describe(reading);
  check_samples(reading);
  Picture& picture = reading.picture;
  const int bits = reading.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1),
            samples = reading.field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
  const bool plain = is_plain(reading, bits, samples);
  picture.alpha = has_alpha(reading, samples - picture.colours) && plain;
  picture.depth = plain ? bits : 8;
  check_extents(picture, bytes.size(), plain ? 0 : 4);
  picture.samples.resize(static_cast<std::size_t>(picture.width * picture.height * picture.channels()));
  if (plain)
    read_plain(reading);
  else
    read_converted(reading);
  return std::move(picture);
}

std::vector<std::byte> format_tiff(const Picture& picture) {
  TiffStream stream{.writing = true};
  Tiff tiff = open_tiff(stream, 0);
  set_fields(tiff, picture);
  const auto count = static_cast<std::size_t>(picture.width * picture.channels());
  std::vector<std::uint8_t> narrow(count);
  std::vector<std::uint16_t> wide(count);
  for (std::int64_t y = 0; y < picture.height; ++y) {
    const auto* samples = picture.samples.data() + static_cast<std::size_t>(y) * count;
    std::copy(samples, samples + count, wide.begin());
    std::transform(samples, samples + count, narrow.begin(),
                   [](std::uint16_t sample) { return static_cast<std::uint8_t>(sample); });
    void* row = picture.depth == 16 ? static_cast<void*>(wide.data()) : narrow.data();  // which libtiff may change
    if (TIFFWriteScanline(tiff.get(), row, static_cast<std::uint32_t>(y), 0) != 1)
      throw Failure("cannot write the picture: " + stream.error);
  }
  if (TIFFFlush(tiff.get()) != 1) throw Failure("cannot write the picture: " + stream.error);
  tiff.reset();
  return std::move(stream.output);
}

LibraryReport tiff_library() {
  const std::string text = TIFFGetVersion();  // "LIBTIFF, Version 4.5.0\nCopyright…"
  const std::size_t begin = text.find_first_of("0123456789");
  return {"libtiff", begin == std::string::npos ? "" : text.substr(begin, text.find('\n') - begin),
          "linked by the program"};
}

}  // namespace faltung::cli

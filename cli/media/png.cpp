#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "command.h"
#include "media/picture.h"
#include "support/files.h"

// libpng reports errors by longjmp. Functions that call setjmp keep everything with a destructor in a state object of
// their caller, so that no destructor is jumped over.
namespace faltung::cli {
namespace {

// Deflate cannot make more than 1032 bytes of one.
constexpr std::size_t deflate_limit = 1032;

struct Reading {
  std::span<const std::byte> rest;
  std::size_t total = 0;
  std::string error;
  Picture picture;
  std::vector<png_byte> rows;
  std::vector<png_bytep> row_pointers;
  png_structp png = nullptr;
  png_infop info = nullptr;
  ~Reading() { png_destroy_read_struct(&png, &info, nullptr); }
};

struct Writing {
  std::vector<std::byte> bytes;
  std::string error;
  std::vector<png_byte> row;
  png_structp png = nullptr;
  png_infop info = nullptr;
  ~Writing() { png_destroy_write_struct(&png, &info); }
};

template <class State>
void on_error(png_structp png, png_const_charp message) {
  static_cast<State*>(png_get_error_ptr(png))->error = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}  // odd text chunks and the like do not matter here

void take_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto& reading = *static_cast<Reading*>(png_get_io_ptr(png));
  if (count > reading.rest.size()) png_error(png, "the file ends too early");
  std::memcpy(out, reading.rest.data(), count);
  reading.rest = reading.rest.subspan(count);
}

void put_bytes(png_structp png, png_bytep data, std::size_t count) {
  auto& writing = *static_cast<Writing*>(png_get_io_ptr(png));
  bool stored = true;
  try {
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    writing.bytes.insert(writing.bytes.end(), bytes, bytes + count);
  } catch (...) {
    stored = false;  // an exception must not cross libpng
  }
  if (!stored) png_error(png, "out of memory");
}

void flush_nothing(png_structp) {}

void set_limits(png_structp png) {
  png_set_user_limits(png, 1 << 20, 1 << 20);
  // What is no pixel is skipped: of a text libpng believes the length, and takes as much memory, before there is a
  // byte.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_chunk_cache_max(png, 128);
  png_set_chunk_malloc_max(png, 8 << 20);
}

// Everything becomes gray or RGB, with or without alpha, of 8 or 16 bits.
void set_expansions(png_structp png) {
  png_set_expand(png);
  png_set_interlace_handling(png);
}

bool read_header(Reading& reading) {
  if (setjmp(png_jmpbuf(reading.png))) return false;
  set_limits(reading.png);
  png_set_read_fn(reading.png, &reading, take_bytes);
  png_read_info(reading.png, reading.info);
  set_expansions(reading.png);
  png_read_update_info(reading.png, reading.info);
  return true;
}

bool read_rows(Reading& reading) {
  if (setjmp(png_jmpbuf(reading.png))) return false;
  png_read_image(reading.png, reading.row_pointers.data());
  return true;
}

void check_size(const Reading& reading) {
  const Picture& picture = reading.picture;
  check_extents(picture, reading.total);
  // Before palettes and alpha were expanded a pixel took an eighth of a byte at least.
  const auto least = static_cast<std::size_t>(picture.height * picture.width) / 8;
  if (least / deflate_limit > reading.total) {
    throw Failure(fmt::format("the picture says it has {}x{} pixels, which {} bytes cannot hold", picture.width,
                              picture.height, reading.total));
  }
}

void describe(Reading& reading) {
  Picture& picture = reading.picture;
  picture.width = png_get_image_width(reading.png, reading.info);
  picture.height = png_get_image_height(reading.png, reading.info);
  picture.depth = png_get_bit_depth(reading.png, reading.info);
  const int type = png_get_color_type(reading.png, reading.info);
  picture.colours = (type & PNG_COLOR_MASK_COLOR) ? 3 : 1;
  picture.alpha = (type & PNG_COLOR_MASK_ALPHA) != 0;
  check_size(reading);
}

void make_rows(Reading& reading) {
  const std::size_t row_bytes = png_get_rowbytes(reading.png, reading.info);
  const auto height = static_cast<std::size_t>(reading.picture.height);
  reading.rows.resize(row_bytes * height);
  reading.row_pointers.resize(height);
  for (std::size_t row = 0; row < height; ++row) reading.row_pointers[row] = reading.rows.data() + row * row_bytes;
}

void take_samples(Reading& reading) {
  Picture& picture = reading.picture;
  const auto count = static_cast<std::size_t>(picture.height * picture.width * picture.channels());
  picture.samples.resize(count);
  const png_byte* bytes = reading.rows.data();
  for (std::size_t i = 0; i < count; ++i) {
    picture.samples[i] =
        picture.depth == 16 ? static_cast<std::uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]) : bytes[i];
  }
}

int colour_type(const Picture& picture) {
  return (picture.colours == 3 ? PNG_COLOR_MASK_COLOR : 0) | (picture.alpha ? PNG_COLOR_MASK_ALPHA : 0);
}

void pack_row(const Picture& picture, std::int64_t row, std::vector<png_byte>& out) {
  const auto count = static_cast<std::size_t>(picture.width * picture.channels());
  const std::uint16_t* samples = picture.samples.data() + static_cast<std::size_t>(row) * count;
  for (std::size_t i = 0; i < count; ++i) {
    if (picture.depth == 16) {
      out[2 * i] = static_cast<png_byte>(samples[i] >> 8);
      out[2 * i + 1] = static_cast<png_byte>(samples[i] & 255);
    } else {
      out[i] = static_cast<png_byte>(samples[i]);
    }
  }
}

bool write_all(Writing& writing, const Picture& picture) {
  if (setjmp(png_jmpbuf(writing.png))) return false;
  png_set_write_fn(writing.png, &writing, put_bytes, flush_nothing);
  png_set_IHDR(writing.png, writing.info, static_cast<png_uint_32>(picture.width),
               static_cast<png_uint_32>(picture.height), picture.depth, colour_type(picture), PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(writing.png, writing.info);
  for (std::int64_t row = 0; row < picture.height; ++row) {
    pack_row(picture, row, writing.row);
    png_write_row(writing.png, writing.row.data());
  }
  png_write_end(writing.png, nullptr);
  return true;
}

}  // namespace

Picture parse_png(std::span<const std::byte> bytes) {
  Reading reading{.rest = bytes, .total = bytes.size()};
  const bool signed_png = bytes.size() >= 8 && png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, 8) == 0;
  if (!signed_png) throw Failure("not a PNG file: the signature is missing");
  reading.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, on_error<Reading>, on_warning);
  if (reading.png) reading.info = png_create_info_struct(reading.png);
  if (!reading.info) throw std::bad_alloc();
  if (!read_header(reading)) throw Failure("not a readable PNG file: " + reading.error);
  describe(reading);
  make_rows(reading);
  if (!read_rows(reading)) throw Failure("not a readable PNG file: " + reading.error);
  take_samples(reading);
  return std::move(reading.picture);
}

std::vector<std::byte> format_png(const Picture& picture) {
  Writing writing;
  writing.row.resize(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.channels()) * 2);
  writing.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writing, on_error<Writing>, on_warning);
  if (writing.png) writing.info = png_create_info_struct(writing.png);
  if (!writing.info) throw std::bad_alloc();
  if (!write_all(writing, picture)) throw Failure("cannot write the picture: " + writing.error);
  return std::move(writing.bytes);
}

}  // namespace faltung::cli

#include <fmt/format.h>

// clang-format off
#include <cstdio>
#include <jpeglib.h>  // needs the one above
#include <jerror.h>   // needs the one above
// clang-format on

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <string>
#include <utility>

#include "command.h"
#include "media/picture.h"

// libjpeg reports errors by a function that must not return. Functions that call setjmp keep everything with a
// destructor in a state object of their caller, so that no destructor is jumped over.
namespace faltung::cli {
namespace {

constexpr int quality = 95;
// Pixels times scans: a progressive file has about ten of them, and a hostile one could have any number.
constexpr std::int64_t most_work = 16 * max_pixels;

struct Errors {
  jpeg_error_mgr manager{};  // first: libjpeg hands out its address
  std::jmp_buf place{};
  char text[JMSG_LENGTH_MAX] = "";
};

struct Reading {
  Errors errors;
  jpeg_progress_mgr progress{};
  jpeg_decompress_struct jpeg{};
  std::size_t total = 0;
  Picture picture;
  std::vector<JSAMPLE> row;
  ~Reading() { jpeg_destroy_decompress(&jpeg); }
};

struct Writing {
  Errors errors;
  jpeg_compress_struct jpeg{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  std::vector<JSAMPLE> row;
  ~Writing() {
    jpeg_destroy_compress(&jpeg);
    std::free(bytes);
  }
};

[[noreturn]] void on_error(j_common_ptr jpeg) {
  auto& errors = *reinterpret_cast<Errors*>(jpeg->err);
  jpeg->err->format_message(jpeg, errors.text);
  std::longjmp(errors.place, 1);
}

// Of damaged data libjpeg warns, and goes on with gray. What cameras write beside the picture is no damage.
void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  for (const int harmless : {JWRN_ADOBE_XFORM, JWRN_EXTRANEOUS_DATA, JWRN_JFIF_MAJOR, JWRN_TOO_MUCH_DATA})
    if (jpeg->err->msg_code == harmless) return;
  on_error(jpeg);
}

void on_progress(j_common_ptr common) {
  const auto jpeg = reinterpret_cast<j_decompress_ptr>(common);
  const std::int64_t pixels = std::int64_t{jpeg->image_width} * jpeg->image_height;
  if (jpeg->input_scan_number > 100 && jpeg->input_scan_number > most_work / std::max<std::int64_t>(pixels, 1))
    ERREXIT(jpeg, JERR_BAD_PROGRESSION);
}

jpeg_error_mgr* prepared(Errors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = on_error;
  errors.manager.emit_message = on_message;
  return &errors.manager;
}

bool read_header(Reading& reading, std::span<const std::byte> bytes) {
  if (setjmp(reading.errors.place)) return false;
  jpeg_create_decompress(&reading.jpeg);
  reading.progress.progress_monitor = on_progress;
  reading.jpeg.progress = &reading.progress;
  jpeg_mem_src(&reading.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&reading.jpeg, TRUE);
  reading.jpeg.out_color_space = reading.jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  return true;
}

// Files of several scans are kept as coefficients until the last was read.
void describe(Reading& reading) {
  jpeg_decompress_struct& jpeg = reading.jpeg;
  if (jpeg.num_components == 4) throw Failure("the picture is for printing: CMYK is not read");
  Picture& picture = reading.picture;
  picture.width = jpeg.image_width;
  picture.height = jpeg.image_height;
  picture.colours = jpeg.num_components == 1 ? 1 : 3;
  check_extents(picture, reading.total, jpeg_has_multiple_scans(&jpeg) ? 2 * picture.colours : 0);
  reading.row.resize(static_cast<std::size_t>(picture.width * picture.colours));
  picture.samples.resize(reading.row.size() * static_cast<std::size_t>(picture.height));
}

bool read_rows(Reading& reading) {
  if (setjmp(reading.errors.place)) return false;
  jpeg_start_decompress(&reading.jpeg);
  while (reading.jpeg.output_scanline < reading.jpeg.output_height) {
    const std::size_t start = reading.jpeg.output_scanline * reading.row.size();
    JSAMPROW row = reading.row.data();
    jpeg_read_scanlines(&reading.jpeg, &row, 1);
    std::copy(reading.row.begin(), reading.row.end(),
              reading.picture.samples.begin() + static_cast<std::ptrdiff_t>(start));
  }
  jpeg_finish_decompress(&reading.jpeg);
  return true;
}

void set_up(jpeg_compress_struct& jpeg, const Picture& picture) {
  jpeg.image_width = static_cast<JDIMENSION>(picture.width);
  jpeg.image_height = static_cast<JDIMENSION>(picture.height);
  jpeg.input_components = picture.colours;
  jpeg.in_color_space = picture.colours == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
}

bool write_all(Writing& writing, const Picture& picture) {
  if (setjmp(writing.errors.place)) return false;
  jpeg_create_compress(&writing.jpeg);
  jpeg_mem_dest(&writing.jpeg, &writing.bytes, &writing.size);
  set_up(writing.jpeg, picture);
  jpeg_start_compress(&writing.jpeg, TRUE);
  while (writing.jpeg.next_scanline < writing.jpeg.image_height) {
    const std::uint16_t* samples = picture.samples.data() + writing.jpeg.next_scanline * writing.row.size();
    std::transform(samples, samples + writing.row.size(), writing.row.begin(),
                   [](std::uint16_t sample) { return static_cast<JSAMPLE>(sample); });
    JSAMPROW row = writing.row.data();
    jpeg_write_scanlines(&writing.jpeg, &row, 1);
  }
  jpeg_finish_compress(&writing.jpeg);
  return true;
}

}  // namespace

Picture parse_jpeg(std::span<const std::byte> bytes) {
  Reading reading;
  reading.total = bytes.size();
  reading.jpeg.err = prepared(reading.errors);
  const auto fail = [&] { return Failure(fmt::format("not a readable JPEG file: {}", reading.errors.text)); };
  if (bytes.empty() || !read_header(reading, bytes)) throw fail();
  describe(reading);
  if (!read_rows(reading)) throw fail();
  return std::move(reading.picture);
}

std::vector<std::byte> format_jpeg(const Picture& picture) {
  Writing writing;
  writing.row.resize(static_cast<std::size_t>(picture.width * picture.colours));
  writing.jpeg.err = prepared(writing.errors);
  if (!write_all(writing, picture)) throw Failure(fmt::format("cannot write the picture: {}", writing.errors.text));
  const auto* first = reinterpret_cast<const std::byte*>(writing.bytes);
  return {first, first + writing.size};
}

LibraryReport jpeg_library() { return {"libjpeg", fmt::format("{}", JPEG_LIB_VERSION), "linked by the program"}; }

}  // namespace faltung::cli

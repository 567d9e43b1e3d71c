#include "media/tiff/stream.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>

#include "command.h"

namespace faltung::cli {
namespace {

constexpr std::size_t largest = std::size_t{1} << 32;  // that a TIFF file can be

TiffStream& stream_of(thandle_t handle) { return *static_cast<TiffStream*>(handle); }

tmsize_t read(thandle_t handle, void* out, tmsize_t count) {
  TiffStream& stream = stream_of(handle);
  if (stream.writing || count < 0 || stream.at > stream.input.size()) return 0;
  const std::size_t got = std::min(static_cast<std::size_t>(count), stream.input.size() - stream.at);
  if (got > 0) std::memcpy(out, stream.input.data() + stream.at, got);
  stream.at += got;
  return static_cast<tmsize_t>(got);
}

tmsize_t write(thandle_t handle, void* data, tmsize_t count) {
  TiffStream& stream = stream_of(handle);
  const auto length = static_cast<std::size_t>(count);
  if (!stream.writing || count < 0 || stream.at > largest || length > largest - stream.at) return 0;
  try {
    if (stream.at + length > stream.output.size()) stream.output.resize(stream.at + length);
  } catch (const std::bad_alloc&) {  // which must not cross libtiff
    return 0;
  }
  std::memcpy(stream.output.data() + stream.at, data, length);
  stream.at += length;
  return count;
}

toff_t seek(thandle_t handle, toff_t offset, int from) {
  TiffStream& stream = stream_of(handle);
  const std::size_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? stream.at : stream.size();
  return stream.at = base + offset;
}

int close(thandle_t) { return 0; }
toff_t size(thandle_t handle) { return stream_of(handle).size(); }

// Not mapped: libtiff reads strips of what is mapped without a copy, and beyond its end if the file lies.
int map(thandle_t, void**, toff_t*) { return 0; }
void unmap(thandle_t, void*, toff_t) {}

int note_error(TIFF*, void* handle, const char*, const char* format, va_list values) {
  TiffStream& stream = stream_of(handle);
  if (!stream.error.empty()) return 1;
  char text[512];
  if (std::vsnprintf(text, sizeof text, format, values) < 0) return 1;
  try {
    stream.error = text;
  } catch (const std::bad_alloc&) {
  }
  return 1;
}

int ignore_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

}  // namespace

Tiff open_tiff(TiffStream& stream, std::size_t most) {
  TIFFSetErrorHandler(nullptr);  // a few errors know no file, and would be printed
  TIFFSetWarningHandler(nullptr);
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(most));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), note_error, &stream);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, nullptr);
  Tiff tiff(TIFFClientOpenExt("picture", stream.writing ? "w" : "rm", &stream, read, write, seek, close, size, map,
                              unmap, options.get()));
  if (!tiff) throw Failure("not a readable TIFF file: " + stream.error);
  return tiff;
}

}  // namespace faltung::cli

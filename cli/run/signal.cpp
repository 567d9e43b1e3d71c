#include "run/signal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "command.h"
#include "media/arrays.h"
#include "support/files.h"

namespace faltung::cli {
namespace {

constexpr std::size_t largest_picture = std::size_t{1} << 30;  // bytes of its file
constexpr std::size_t largest_sound = std::size_t{1} << 32;
constexpr std::size_t largest_input = std::size_t{1} << 60;  // of standard input, which may hold an array

std::size_t sample_of(const Picture& picture, int colour, std::int64_t pixel) {
  return static_cast<std::size_t>(pixel * picture.channels() + colour);
}

Tensor channels_of(const Picture& picture) {
  Tensor channels = Tensor::empty({picture.colours, picture.height, picture.width}, DType::f32);
  float* out = channels.as<float>();
  const float scale = 1.0F / static_cast<float>(picture.greatest());
  for (int colour = 0; colour < picture.colours; ++colour)
    for (std::int64_t pixel = 0; pixel < picture.height * picture.width; ++pixel)
      *out++ = scale * picture.samples[sample_of(picture, colour, pixel)];
  return channels;
}

// Alpha stays as it was: only colours are filtered.
Picture picture_of(const Picture& original, const Tensor& channels, double offset) {
  Picture picture = original;
  const float* in = channels.as<float>();
  const auto greatest = static_cast<float>(picture.greatest()), added = static_cast<float>(offset);
  for (int colour = 0; colour < picture.colours; ++colour) {
    for (std::int64_t pixel = 0; pixel < picture.height * picture.width; ++pixel) {
      const float sum = *in++ + added, value = std::isnan(sum) ? 0 : std::clamp(sum, 0.0F, 1.0F) * greatest;
      picture.samples[sample_of(picture, colour, pixel)] = static_cast<std::uint16_t>(std::lround(value));
    }
  }
  return picture;
}

Signal signal_of(Format format, Picture picture) {
  Signal signal{.format = format, .channels = channels_of(picture), .picture = std::move(picture)};
  const Picture& p = signal.picture;
  signal.what = fmt::format("{}x{}, {} bits, {}{}", p.width, p.height, p.depth, p.colours == 3 ? "RGB" : "gray",
                            p.alpha ? " and alpha" : "");
  return signal;
}

Signal signal_of(const Sound& sound) {
  Signal signal{.format = Format::wav, .channels = sound.channels, .samples = sound.format};
  const std::int64_t count = sound.channels.size(0), length = sound.channels.size(1);
  signal.what = fmt::format("{} channel{} of {} samples, {} Hz, {} bits{}", count, count == 1 ? "" : "s", length,
                            sound.format.rate, sound.format.bits, sound.format.floating ? ", floating-point" : "");
  return signal;
}

// Of a picture or a sound.
Signal media_signal(const std::string& path, Format format, std::span<const std::byte> bytes) {
  try {
    return is_sound(format) ? signal_of(parse_wav(bytes)) : signal_of(format, parse_picture(format, bytes));
  } catch (const Failure& failure) {
    if (std::string_view(failure.what()).find(path) != std::string_view::npos) throw;
    throw Failure(path + ": " + failure.what());
  }
}

Signal samples_of(const std::string& place, Format format, const Tensor& array) {
  const std::string extents = fmt::format("[{}]", fmt::join(array.sizes, ", "));
  if (array.rank() < 1 || array.rank() > 3 || array.numel() == 0)
    throw UsageError(fmt::format("{} has the extents {}; filters take one to three axes, --op channels and batches too",
                                 place, extents));
  if (array.dtype != DType::f32 && array.dtype != DType::f64)
    throw UsageError(fmt::format("{} is {}; filters take f32 and f64: --dtype f32", place, name_of(array.dtype)));
  return {.format = format,
          .channels = Tensor::borrow(array.unsqueeze(0), array.owner()),
          .what = fmt::format("{} {}", name_of(array.dtype), extents)};
}

// What the bytes say they are.
Signal load_standard_input(std::optional<DType> dtype) {
  const std::vector<std::byte> bytes = read_standard_input(largest_input);
  const std::string name = "standard input";
  const std::optional<Format> format = format_of(std::span(bytes));
  if (!format) throw Failure("standard input holds no picture, sound or array that is known by its first bytes");
  return is_array(*format) ? samples_of(name, *format, parse_array(name, bytes, dtype))
                           : media_signal(name, *format, bytes);
}

}  // namespace

Signal synthetic_signal() { return signal_of(Format::png, synthetic_picture()); }

Signal load_signal(const std::string& place, std::optional<DType> dtype) {
  if (place == "-") return load_standard_input(dtype);
  const std::optional<Format> format = format_of(path_of_place(place));
  if (!format)
    throw UsageError(fmt::format("{}: filters take pictures ({}), sounds (.wav) and arrays ({})", place,
                                 picture_suffixes(), array_suffixes()));
  if (is_array(*format)) return samples_of(place, *format, load_array(place, dtype));
  return media_signal(place, *format, read_file(place, is_sound(*format) ? largest_sound : largest_picture));
}

// Standard output gets PNG.
Format format_for(const std::string& place) { return format_of(place).value_or(Format::png); }

void check_fit(const std::string& place, const Signal& signal) {
  if (is_picture(signal.format)) check_fit(place, format_for(place), signal.picture);
}

void save_signal(const std::string& place, const Signal& signal, const Tensor& channels, double offset) {
  if (is_picture(signal.format))
    write_file(place, format_picture(format_for(place), picture_of(signal.picture, channels, offset)));
  else if (is_sound(signal.format))
    write_file(place, format_wav(signal.samples, channels));
  else
    save_array(place, channels.squeeze(0));
}

}  // namespace faltung::cli

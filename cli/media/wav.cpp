#include "media/wav.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "command.h"

namespace faltung::cli {
namespace {

constexpr std::uint64_t integers = 1, floats = 3, extensible = 0xFFFE;  // codes of kinds of samples
constexpr std::uint64_t unknown_length = 0xFFFFFFFF;

std::uint64_t number(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Header {
  SampleFormat format;
  std::size_t channels = 0;

  std::size_t sample_bytes() const { return static_cast<std::size_t>(format.bits) / 8; }
  std::size_t frame() const { return channels * sample_bytes(); }
};

Header header_of(std::span<const std::byte> chunk) {
  if (chunk.size() < 16) throw Failure("not a readable WAV file: its format is too short");
  std::uint64_t kind = number(chunk.subspan(0, 2));
  if (kind == extensible && chunk.size() >= 26) kind = number(chunk.subspan(24, 2));
  Header header;
  header.channels = number(chunk.subspan(2, 2));
  header.format = {static_cast<std::int64_t>(number(chunk.subspan(4, 4))),
                   static_cast<int>(number(chunk.subspan(14, 2))), kind == floats};
  const int bits = header.format.bits;
  const bool known = kind == integers ? bits == 8 || bits == 16 || bits == 24 || bits == 32
                                      : kind == floats && (bits == 32 || bits == 64);
  if (!known)
    throw Failure(
        fmt::format("samples of {} bits and kind {} are not read; integers of 8, 16, 24 and 32 bits are, and "
                    "floating-point numbers of 32 and 64",
                    bits, kind));
  if (header.channels == 0 || number(chunk.subspan(12, 2)) != header.frame())
    throw Failure("not a readable WAV file: its format contradicts itself");
  return header;
}

double sample_at(const std::byte* bytes, const SampleFormat& format) {
  const std::uint64_t bits = number({bytes, static_cast<std::size_t>(format.bits) / 8});
  if (format.floating && format.bits == 64) return std::bit_cast<double>(bits);
  if (format.floating) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  if (format.bits == 8) return (static_cast<double>(bits) - 128) / 128;  // these have no sign
  const int unused = 64 - format.bits;
  return std::ldexp(static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused), 1 - format.bits);
}

Sound sound_of(const Header& header, std::span<const std::byte> data) {
  const auto frames = static_cast<std::int64_t>(data.size() / header.frame()),
             channels = static_cast<std::int64_t>(header.channels);
  if (frames == 0) throw Failure("the sound has no samples");
  Sound sound{header.format, Tensor::empty({channels, frames}, header.format.dtype())};
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    for (std::int64_t frame = 0; frame < frames; ++frame) {
      const auto place = static_cast<std::size_t>(frame * channels + channel) * header.sample_bytes();
      const double sample = sample_at(data.data() + place, header.format);
      if (sound.channels.dtype == DType::f64)
        sound.channels.as<double>()[channel * frames + frame] = sample;
      else
        sound.channels.as<float>()[channel * frames + frame] = static_cast<float>(sample);
    }
  }
  return sound;
}

struct Writer {
  std::vector<std::byte> bytes;

  void put(std::uint64_t value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i) & 255));
  }
  void put(std::string_view text) {
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  }
};

std::uint64_t bits_of(double sample, const SampleFormat& format) {
  if (format.floating && format.bits == 64) return std::bit_cast<std::uint64_t>(sample);
  if (format.floating) return std::bit_cast<std::uint32_t>(static_cast<float>(sample));
  const double half = std::ldexp(1.0, format.bits - 1);
  const double value = std::isnan(sample) ? 0 : std::clamp(std::nearbyint(sample * half), -half, half - 1);
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value) + (format.bits == 8 ? 128 : 0));
}

Writer with_header(const SampleFormat& format, std::uint64_t channels, std::uint64_t data_bytes) {
  const auto sample_bytes = static_cast<std::uint64_t>(format.bits) / 8, rate = static_cast<std::uint64_t>(format.rate);
  Writer out;
  out.put("RIFF");
  out.put(36 + data_bytes + data_bytes % 2, 4);
  out.put("WAVEfmt ");
  out.put(16, 4);
  out.put(format.floating ? floats : integers, 2);
  out.put(channels, 2);
  out.put(rate, 4);
  out.put(rate * channels * sample_bytes, 4);
  out.put(channels * sample_bytes, 2);
  out.put(static_cast<std::uint64_t>(format.bits), 2);
  out.put("data");
  out.put(data_bytes, 4);
  return out;
}

}  // namespace

Sound parse_wav(std::span<const std::byte> bytes) {
  if (bytes.size() < 12 || text(bytes.subspan(0, 4)) != "RIFF" || text(bytes.subspan(8, 4)) != "WAVE")
    throw Failure("not a WAV file: RIFF and WAVE are missing");
  Header header;
  std::span<const std::byte> rest = bytes.subspan(12);
  while (rest.size() >= 8) {
    const std::string_view name = text(rest.subspan(0, 4));
    std::uint64_t length = number(rest.subspan(4, 4));
    rest = rest.subspan(8);
    if (name == "data" && length == unknown_length) length = rest.size();
    if (length > rest.size()) throw Failure("not a readable WAV file: it ends too early");
    const std::span<const std::byte> chunk = rest.subspan(0, length);
    if (name == "fmt ") header = header_of(chunk);
    if (name == "data" && header.channels == 0)
      throw Failure("not a readable WAV file: samples come before their format");
    if (name == "data") return sound_of(header, chunk);
    rest = rest.subspan(std::min<std::size_t>(length + length % 2, rest.size()));
  }
  throw Failure("not a readable WAV file: there are no samples");
}

std::vector<std::byte> format_wav(const SampleFormat& format, const TensorView& channels) {
  const Tensor samples = cast(channels, DType::f64);
  const std::int64_t count = samples.size(0), frames = samples.size(1);
  const std::size_t sample_bytes = static_cast<std::size_t>(format.bits) / 8;
  const auto data_bytes = static_cast<std::uint64_t>(samples.numel()) * sample_bytes;
  if (data_bytes >= unknown_length - 64) throw Failure("cannot write the sound: a WAV file has less than 4 GiB");
  Writer out = with_header(format, static_cast<std::uint64_t>(count), data_bytes);
  out.bytes.reserve(out.bytes.size() + data_bytes + 1);
  for (std::int64_t frame = 0; frame < frames; ++frame)
    for (std::int64_t channel = 0; channel < count; ++channel)
      out.put(bits_of(samples.as<double>()[channel * frames + frame], format), sample_bytes);
  if (data_bytes % 2) out.put(0, 1);
  return std::move(out.bytes);
}

}  // namespace faltung::cli

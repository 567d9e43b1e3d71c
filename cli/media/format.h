// The kinds of files that are read and written; the suffix of a name decides.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace faltung::cli {

enum class Format { png, jpeg, tiff, wav, npy, npz, safetensors };

constexpr bool is_picture(Format format) { return format <= Format::tiff; }
constexpr bool is_sound(Format format) { return format == Format::wav; }
constexpr bool is_array(Format format) { return format >= Format::npy; }

// Capital letters or small ones.
std::optional<Format> format_of(std::string_view path);

// By its first bytes: what standard input holds.
std::optional<Format> format_of(std::span<const std::byte> beginning);

// ".png .jpg .jpeg .tif .tiff", ".npy .npz .safetensors"
std::string picture_suffixes();
std::string array_suffixes();

// "a picture", "a sound", "an array"
std::string_view kind_of(Format format);

}  // namespace faltung::cli

#include "media/format.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace faltung::cli {
namespace {

constexpr std::pair<std::string_view, Format> suffixes[] = {
    {".png", Format::png},  {".jpg", Format::jpeg},  {".jpeg", Format::jpeg},
    {".tif", Format::tiff}, {".tiff", Format::tiff}, {".wav", Format::wav},
    {".npy", Format::npy},  {".npz", Format::npz},   {".safetensors", Format::safetensors}};

bool ends_so(std::string_view path, std::string_view suffix) {
  if (path.size() < suffix.size()) return false;
  return std::equal(suffix.begin(), suffix.end(), path.end() - static_cast<std::ptrdiff_t>(suffix.size()),
                    [](char want, char got) { return want == std::tolower(static_cast<unsigned char>(got)); });
}

constexpr std::string_view tiff_little("II*\0", 4), tiff_big("MM\0*", 4), large_little("II+\0", 4),
    large_big("MM\0+", 4);

constexpr std::pair<std::string_view, Format> signatures[] = {
    {"\x89PNG\r\n", Format::png}, {"\xFF\xD8\xFF", Format::jpeg}, {tiff_little, Format::tiff},
    {tiff_big, Format::tiff},     {large_little, Format::tiff},   {large_big, Format::tiff},
    {"RIFF", Format::wav},        {"\x93NUMPY", Format::npy}};

template <class Wanted>
std::string listed(Wanted wanted) {
  std::string list;
  for (const auto& [suffix, format] : suffixes)
    if (wanted(format)) (list += list.empty() ? "" : " ") += suffix;
  return list;
}

}  // namespace

std::optional<Format> format_of(std::string_view path) {
  for (const auto& [suffix, format] : suffixes)
    if (ends_so(path, suffix)) return format;
  return std::nullopt;
}

std::optional<Format> format_of(std::span<const std::byte> beginning) {
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  for (const auto& [signature, format] : signatures)
    if (text.starts_with(signature)) return format;
  return std::nullopt;
}

std::string picture_suffixes() { return listed(is_picture); }
std::string array_suffixes() { return listed(is_array); }

std::string_view kind_of(Format format) {
  return is_picture(format) ? "a picture" : is_sound(format) ? "a sound" : "an array";
}

}  // namespace faltung::cli

#include "media/arrays.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "command.h"
#include "faltung/io.h"
#include "media/format.h"
#include "media/npz.h"
#include "media/wav.h"
#include "support/files.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

constexpr std::size_t largest_sound = std::size_t{1} << 32;  // bytes of a WAV file
constexpr std::size_t largest_array = std::size_t{1} << 60;  // bytes of standard input: whatever memory holds

struct Place {
  std::string path, name;
};

bool known(const std::string& path) {
  const std::optional<Format> format = format_of(path);
  return format && is_array(*format);
}

// A colon may be part of a file name: what ends like a file is one.
Place split(const std::string& place) {
  if (format_of(place)) return {place, ""};
  const std::size_t colon = place.rfind(':');
  if (colon == std::string::npos) return {place, ""};
  return {place.substr(0, colon), place.substr(colon + 1)};
}

// A model has hundreds of names.
std::string listed(const std::string& path, const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::string list;
  for (const std::string& name : std::span(names).first(std::min(names.size(), most)))
    list += fmt::format("{}{}", list.empty() ? "" : " ", printable_name(name));
  if (names.size() > most) list += fmt::format(" and {} more, which faltung info {} lists", names.size() - most, path);
  return list;
}

std::string only_name(const Place& place, const std::vector<std::string>& names) {
  if (names.empty()) throw Failure(fmt::format("{} holds no arrays", place.path));
  if (place.name.empty() && names.size() == 1) return names.front();
  if (place.name.empty())
    throw UsageError(fmt::format("{} holds {} arrays; name one as {}:NAME from: {}", place.path, names.size(),
                                 place.path, listed(place.path, names)));
  if (std::find(names.begin(), names.end(), place.name) != names.end()) return place.name;
  throw UsageError(
      fmt::format("{} holds no array {}; it holds: {}", place.path, place.name, listed(place.path, names)));
}

std::vector<std::string> safetensors_names(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : list_safetensors(path).tensors) names.push_back(name);
  return names;
}

FileContents list(const std::string& path) {
  if (format_of(path) == Format::npz) return npz_contents(path);
  if (format_of(path) == Format::safetensors) return list_safetensors(path);
  return {{{"", list_npy(path)}}, {}};
}

Tensor load(const Place& place, std::optional<DType> dtype) {
  if (format_of(place.path) == Format::npz) return load_npz(place.path, only_name(place, npz_names(place.path)), dtype);
  if (format_of(place.path) != Format::safetensors) return load_npy(place.path, dtype);
  return load_safetensors_tensor(place.path, only_name(place, safetensors_names(place.path)), dtype);
}

// The option that gives what the library asks for.
const char* remedy_for(std::string_view text) {
  return text.ends_with("give a type to convert them to") ? ": --dtype f32" : "";
}

// The call was right: it is the file that is not.
[[noreturn]] void fail(const std::string& path, const std::string& place, const Error& error) {
  const std::string text = fmt::format("{}{}", error.what(), remedy_for(error.what()));
  throw Failure(text.find(path) == std::string::npos ? fmt::format("{}: {}", place, text) : text);
}

Tensor sound_array(std::span<const std::byte> bytes, std::optional<DType> dtype) {
  const Tensor channels = parse_wav(bytes).channels;
  return dtype ? cast(channels, *dtype) : channels;
}

}  // namespace

void check_array_input(const std::string& place) {
  if (format_of(place) != Format::wav) check_array_name(place);
}

void check_array_name(const std::string& place) {
  if (place == "-") return;
  const Place where = split(place);
  if (known(where.path) && (where.name.empty() || format_of(where.path) != Format::npy)) return;
  throw UsageError(
      fmt::format("{}: not a known kind of array file; use .npy, .npz[:NAME] or .safetensors[:NAME]", place));
}

void check_array_type(const std::string& place, DType dtype) {
  const std::string path = path_of_place(place);
  if (dtype != DType::bf16 || format_of(path) == Format::safetensors) return;
  throw UsageError(fmt::format("{}: npy has no type for bf16; write .safetensors, or convert with --dtype f32", path));
}

std::string path_of_place(const std::string& place) { return split(place).path; }

Tensor parse_array(const std::string& place, std::span<const std::byte> bytes, std::optional<DType> dtype) {
  try {
    if (format_of(place) == Format::wav || format_of(bytes) == Format::wav) return sound_array(bytes, dtype);
    return parse_npy(bytes, dtype);
  } catch (const Error& error) {
    fail(place, place, error);
  } catch (const Failure& failure) {
    throw Failure(fmt::format("{}: {}", place, failure.what()));
  }
}

Tensor load_array(const std::string& place, std::optional<DType> dtype) {
  if (format_of(place) == Format::wav) return parse_array(place, read_file(place, largest_sound), dtype);
  check_array_name(place);
  if (place == "-") return parse_array("standard input", read_standard_input(largest_array), dtype);
  const Place where = split(place);
  try {
    return load(where, dtype);
  } catch (const Error& error) {
    fail(where.path, place, error);
  }
}

FileContents list_arrays(const std::string& path) {
  if (!known(path))
    throw UsageError(fmt::format("{}: not a known kind of array file; there are .npy, .npz and .safetensors", path));
  try {
    return list(path);
  } catch (const Error& error) {
    fail(path, path, error);
  }
}

void save_array(const std::string& place, const TensorView& array) {
  check_array_name(place);
  Place where = split(place);
  if (where.name.empty()) where.name = "output";
  if (format_of(where.path) == Format::npz) return save_npz(where.path, where.name, array);
  if (format_of(where.path) == Format::safetensors) {
    TensorFile file;
    file.tensors.emplace(where.name, clone(array));
    return save_safetensors(where.path, file);
  }
  write_file(where.path, format_npy(array));
}

}  // namespace faltung::cli

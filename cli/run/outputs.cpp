#include "run/outputs.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "command.h"
#include "media/arrays.h"
#include "media/format.h"
#include "support/files.h"

namespace faltung::cli {
namespace {

namespace fs = std::filesystem;

std::string named(const std::string& output) {
  return output == "-" ? "--output - takes one result" : fmt::format("--output {} is one file", output);
}

void check_count(const Outputs& outputs, std::size_t inputs) {
  const std::size_t filters = outputs.filters.size();
  if (!outputs.is_file() || inputs * filters == 1) return;
  throw UsageError(inputs > 1 ? fmt::format("{} and there are {} inputs; name a folder", named(outputs.output), inputs)
                              : fmt::format("{} and {} filters are chosen; name a folder, or one filter with --filter",
                                            named(outputs.output), filters));
}

}  // namespace

bool Outputs::is_standard() const { return output == "-"; }

// Else a folder: one that is there, or ends in a slash, or has no suffix, so that out.gif does not become one.
bool Outputs::is_file() const {
  const fs::path path = path_of_place(output);
  std::error_code error;
  if (is_standard() || format_of(path.string())) return true;
  if (!path.has_filename() || fs::is_directory(path, error)) return false;
  if (!path.has_extension()) return false;
  throw UsageError(fmt::format(
      "--output {0}: pictures are written as {1}, sounds as .wav, arrays as {2}; name such a file, or a folder as {0}/",
      output, picture_suffixes(), array_suffixes()));
}

std::string Outputs::place(const std::string& input, const std::string& filter) const {
  if (is_file()) return output;
  const fs::path path = input.empty() ? "picture.png" : path_of_place(input);
  return (fs::path(output) / fmt::format("{}-{}{}", path.stem().string(), filter, path.extension().string())).string();
}

void Outputs::check_kind(const std::string& input, Format format) const {
  const std::optional<Format> to = format_of(path_of_place(output));
  if (!is_file() || !to || kind_of(format) == kind_of(*to)) return;
  throw UsageError(fmt::format("{} is {}, and {} is {}; one kind does not become the other", input, kind_of(format),
                               output, kind_of(*to)));
}

void Outputs::check() const {
  const std::vector<std::string> sources = inputs.empty() ? std::vector<std::string>{""} : inputs;
  check_count(*this, sources.size());
  if (is_standard()) refuse_terminal();
  std::map<std::string, std::string> taken;
  for (const std::string& source : sources) {
    if (source == "-" && !is_file())
      throw UsageError("what comes from standard input has no name for a folder; name a file as --output, or -");
    for (const std::string& filter : filters) {
      const std::string result = place(source, filter);
      const auto [other, fresh] = taken.emplace(result, source);
      if (!fresh) throw UsageError(fmt::format("{} and {} would both become {}", other->second, source, result));
      for (const std::string& input : inputs) refuse_overwrite(path_of_place(input), path_of_place(result));
    }
  }
  if (is_file()) need_folder_of(path_of_place(output));
}

void Outputs::make_folder() const {
  if (!is_file()) cli::make_folder(output);
}

}  // namespace faltung::cli

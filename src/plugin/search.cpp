#include "plugin/search.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/folder.h"
#include "faltung/error.h"
#include "plugin/engine.h"

namespace faltung::plugin {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t end; !text.empty(); text.remove_prefix(std::min(end, text.size()))) {
    end = text.find(':');
    if (const std::string_view part = text.substr(0, end); !part.empty()) parts.emplace_back(part);
    if (end != std::string_view::npos) ++end;
  }
  return parts;
}

std::vector<std::string> files_of(const std::string& place) {
  std::error_code error;
  if (!std::filesystem::is_directory(place, error)) return {place};
  std::vector<std::string> files;
  for (const std::string& name : names_in(place))
    if (name.size() > 3 && name.ends_with(".so")) files.push_back(place + "/" + name);
  return files;
}

void add(const std::string& file, Registry& registry) {
  try {
    const std::shared_ptr<const Library> library = Library::open(file);
    for (const auto& engine : engines_of(library)) registry.add(engine, library->path());
  } catch (const Error& error) {
    registry.add_missing(file.substr(file.rfind('/') + 1), error.what());
  }
}

}  // namespace

void add_engines_of_environment(Registry& registry) {
  const char* places = std::getenv("FALTUNG_ENGINE_PATH");
  for (const std::string& place : split(places ? places : ""))
    for (const std::string& file : files_of(place)) add(file, registry);
}

}  // namespace faltung::plugin

#include "base/library_places.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>

#include "base/folder.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

// The folder above bin/ of the first python3 in PATH.
fs::path prefix_of_python(const Environment& environment) {
  const std::string path = environment.get("PATH");
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t colon = std::min(path.find(':', at), path.size());
    const fs::path python = fs::path(path.substr(at, colon - at)) / "python3";
    std::error_code error;
    if (fs::exists(python, error)) return python.parent_path().parent_path();
    at = colon + 1;
  }
  return {};
}

void add_packages(std::vector<std::string>& places, const fs::path& packages, const NvidiaLibrary& library) {
  for (const std::string& folder : library.packages)
    places.push_back((packages / "nvidia" / folder / library.soname).string());
}

}  // namespace

Environment environment_of_process() {
  return {.get = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  }};
}

std::string named_library(const Environment& environment, const char* variable, const std::string& soname) {
  const std::string named = environment.get(variable);
  std::error_code error;
  return !named.empty() && fs::is_directory(named, error) ? (fs::path(named) / soname).string() : named;
}

std::vector<fs::path> python_prefixes(const Environment& environment) {
  std::vector<fs::path> prefixes;
  if (const std::string venv = environment.get("VIRTUAL_ENV"); !venv.empty()) prefixes.emplace_back(venv);
  if (fs::path prefix = prefix_of_python(environment); !prefix.empty()) prefixes.push_back(std::move(prefix));
  if (const std::string home = environment.get("HOME"); !home.empty()) prefixes.push_back(fs::path(home) / ".local");
  prefixes.push_back(fs::path(environment.root) / "usr/local");
  return prefixes;
}

std::vector<fs::path> entries_of(const fs::path& folder, std::string_view prefix) {
  std::vector<fs::path> found;
  for (const std::string& name : names_in(folder.string()))
    if (name.starts_with(prefix)) found.push_back(folder / name);
  std::reverse(found.begin(), found.end());
  return found;
}

std::vector<std::string> nvidia_library_paths(const NvidiaLibrary& library, const Environment& environment) {
  if (std::string named = named_library(environment, library.variable, library.soname); !named.empty()) return {named};
  std::vector<std::string> places;
  const fs::path root = environment.root;
  for (const fs::path& prefix : python_prefixes(environment))
    for (const fs::path& python : entries_of(prefix / "lib", "python3"))
      for (const char* packages : {"site-packages", "dist-packages"}) add_packages(places, python / packages, library);
  add_packages(places, root / "usr/lib/python3/dist-packages", library);
  places.push_back(library.soname);
  for (const char* folder : {"usr/local/cuda/lib64", "usr/local/cuda/lib", "usr/lib/x86_64-linux-gnu"})
    places.push_back((root / folder / library.soname).string());
  return places;
}

OpenedLibrary open_nvidia_library(const NvidiaLibrary& library, const std::function<void(const std::string&)>& before) {
  if (OpenedLibrary there = opened_by_program({library.soname.c_str()}); there.handle) return there;
  const Environment environment = environment_of_process();
  const bool named = !environment.get(library.variable).empty();
  return open_first({library.soname.c_str(), library.variable, named, nvidia_library_paths(library, environment)},
                    before);
}

void* Symbols::find(const char* name) const { return dlsym(library_, name); }

}  // namespace faltung

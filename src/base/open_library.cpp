#include "base/open_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace faltung {
namespace {

std::string last_fault() {
  const char* text = dlerror();
  return text ? text : "no reason given";
}

}  // namespace

OpenedLibrary opened_by_program(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (void* there = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) return {there, "the one that the program had opened", {}};
  return {};
}

OpenedLibrary open_first(const LibraryFiles& library, const std::function<void(const std::string&)>& before) {
  std::string faults;
  for (const std::string& file : library.files) {
    const bool has_folder = file.find('/') != std::string::npos;
    std::error_code error;
    if (has_folder && !library.named && !std::filesystem::exists(file, error)) continue;
    if (has_folder && before) before(file);
    if (void* found = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return {found, file, {}};
    faults += fmt::format("; {}", last_fault());
  }
  return {.missing =
              fmt::format("{} could not be opened ({} {}){}", library.soname, library.variable,
                          library.named ? "names the only place to look" : "may name its file or folder", faults)};
}

OpenedLibrary open_library(std::initializer_list<const char*> names, const char* variable) {
  if (OpenedLibrary there = opened_by_program(names); there.handle) return there;
  const char* named = std::getenv(variable);
  if (named && *named) {
    if (void* found = dlopen(named, RTLD_NOW | RTLD_LOCAL)) return {found, named, {}};
    return {.missing = fmt::format("{} could not be opened ({} names it): {}", named, variable, last_fault())};
  }
  std::string fault;
  for (const char* name : names) {
    if (void* found = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return {found, name, {}};
    if (fault.empty()) fault = last_fault();
  }
  return {.missing = fmt::format("{} could not be opened ({} may name its file): {}", *names.begin(), variable, fault)};
}

std::string take_functions(void* library, const char* names, std::span<void*> table) {
  for (void*& function : table) {
    function = dlsym(library, names);
    if (!function) return names;
    names += std::strlen(names) + 1;
  }
  return {};
}

}  // namespace faltung

// Where libraries that are opened at run time may be installed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace faltung {

// Environment variables (empty if unset) and the root of the file system, both replaceable in tests.
struct Environment {
  std::function<std::string(const char*)> get;
  std::string root = "/";
};
Environment environment_of_process();

// What a variable names: its file, or that of this name in its folder. Empty if it is unset.
std::string named_library(const Environment& environment, const char* variable, const std::string& soname);

// Folders with a `lib` in which Python's packages lie: of the virtual environment, of the first python3 in PATH, of the
// user, of the system.
std::vector<std::filesystem::path> python_prefixes(const Environment& environment);

// Those of a folder's entries that begin so, newest version first. Unreadable folders are empty.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder, std::string_view prefix);

// Takes functions of an opened library by name.
class Symbols {
 public:
  explicit Symbols(void* library) : library_(library) {}
  template <class F>
  void take(F& function, const char* name) {
    function = reinterpret_cast<F>(find(name));
    if (!function && missing_.empty()) missing_ = name;
  }
  // The first that the library does not have; empty if it had all.
  const std::string& missing() const { return missing_; }

 private:
  void* find(const char* name) const;
  void* library_;
  std::string missing_;
};

}  // namespace faltung

// Where libraries that are opened at run time may be installed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/open_library.h"

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

// A library of NVIDIA's, such as libcudnn.so.9.
struct NvidiaLibrary {
  std::string soname;
  const char* variable;               // an environment variable that names its file or folder
  std::vector<std::string> packages;  // where it lies in Python's packages, below nvidia/
};
// Candidates in the order to try. If the variable is set, only what it names. Else NVIDIA's Python packages of the
// virtual environment, beside the python3 in PATH, of the user and of the system; then the bare name (LD_LIBRARY_PATH
// and system folders); then the CUDA toolkit's folders.
std::vector<std::string> nvidia_library_paths(const NvidiaLibrary& library, const Environment& environment);
// The one that the program has already opened, else the first candidate that can be; `before` as in open_first().
OpenedLibrary open_nvidia_library(const NvidiaLibrary& library,
                                  const std::function<void(const std::string&)>& before = {});

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

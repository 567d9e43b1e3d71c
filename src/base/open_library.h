// Libraries that are opened when a program runs.
#pragma once

#include <initializer_list>
#include <string>

namespace faltung {

struct OpenedLibrary {
  void* handle = nullptr;
  std::string where;    // a path, or what the program had opened
  std::string missing;  // why there is none
};

// The first of these names that the program has already opened, else the file that the environment variable names (and
// then no other), else the first name that can be opened.
OpenedLibrary open_library(std::initializer_list<const char*> names, const char* variable);

// Takes functions out of a library and keeps the name of the first that it does not have.
class Symbols {
 public:
  explicit Symbols(void* library) : library_(library) {}
  template <class F>
  void take(const char* name, F*& function) {
    function = reinterpret_cast<F*>(find(name));
  }
  const std::string& missing() const noexcept { return missing_; }

 private:
  void* find(const char* name);

  void* library_;
  std::string missing_;
};

}  // namespace faltung

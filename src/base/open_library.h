// Libraries that are opened when a program runs.
#pragma once

#include <array>
#include <bit>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace faltung {

struct OpenedLibrary {
  void* handle = nullptr;
  std::string where;    // a path, or what the program had opened
  std::string missing;  // why there is none
};

// The first of these names that the program has already opened; no handle, and no reason, if there is none.
OpenedLibrary opened_by_program(std::initializer_list<const char*> names);

// The files that may be the library of that name: those that a variable names (and then no others), or known places.
struct LibraryFiles {
  const char* soname;
  const char* variable;
  bool named = false;  // by the variable
  std::vector<std::string> files;
};
// The first that can be opened. Of known places only those are tried where there is such a file. `before(file)` is
// called for files with a folder, and may open what they need.
OpenedLibrary open_first(const LibraryFiles& library, const std::function<void(const std::string&)>& before = {});

// The first of these names that the program has already opened, else the file that the environment variable names (and
// then no other), else the first name that can be opened.
OpenedLibrary open_library(std::initializer_list<const char*> names, const char* variable);

// Fills a table of functions by their names, each of which ends with a zero, the last with two. The first name that the
// library does not have; empty if it has all.
std::string take_functions(void* library, const char* names, std::span<void*> table);

// A struct that has nothing but pointers to functions, in the order of the names.
template <class Functions>
Functions take_functions(void* library, const char* names, std::string& missing) {
  std::array<void*, sizeof(Functions) / sizeof(void*)> table{};
  missing = take_functions(library, names, std::span<void*>(table));
  return std::bit_cast<Functions>(table);
}

}  // namespace faltung

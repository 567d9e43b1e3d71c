// Libraries that are opened when a program runs.
#pragma once

#include <array>
#include <bit>
#include <initializer_list>
#include <span>
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

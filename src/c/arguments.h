// What the functions of C are given, and the objects behind their handles.
#pragma once

#include <cstring>
#include <string>

#include "faltung/c.h"
#include "faltung/compile.h"
#include "faltung/context.h"

struct faltung_context {
  faltung::Context context;
};

struct faltung_plan {
  faltung::CompiledConv compiled;
  faltung::Device device;
  faltung::Context keep_alive;
};

namespace faltung::c {

// C callers may have put any number into an enumeration, which must not be read as an enumerator.
template <class Enum>
int number_of(const Enum& value) {
  int number = 0;
  static_assert(sizeof(number) == sizeof(value));
  std::memcpy(&number, &value, sizeof(number));
  return number;
}

// Throw InvalidArgument; a null policy is the default one.
Policy policy_of(const faltung_policy* given);
ConvProblem problem_of(const char* text);
ConvProblem problem_of(const faltung_problem* numbers);

// A copy that free() takes.
char* text_for_caller(const std::string& text);

}  // namespace faltung::c

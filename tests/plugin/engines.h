// What the tests of engines from outside share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "faltung/faltung.h"

namespace faltung::test {

// A fault of the misbehaving engine, for as long as it lives.
class Fault {
 public:
  explicit Fault(const char* name) { setenv("FALTUNG_TEST_PLUGIN", name, 1); }
  ~Fault() { unsetenv("FALTUNG_TEST_PLUGIN"); }
};

// The code and the words of the error that `call` throws.
template <class Call>
std::string error_of(ErrorCode code, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

inline const Candidate& row_of(const Selection& selection, const std::string& engine) {
  for (const Candidate& candidate : selection.candidates)
    if (candidate.engine == engine) return candidate;
  throw std::runtime_error("no such engine in the selection: " + engine);
}

inline EngineInfo info_of(const Context& context, const std::string& engine) {
  for (EngineInfo& info : context.engines())
    if (info.name == engine) return info;
  return {};
}

inline const char* const forward = "fwd f32 nchw n2 c3 k4 i7x6 f3x2 p1";

}  // namespace faltung::test

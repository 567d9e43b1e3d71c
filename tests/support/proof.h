// The table of what a run has verified: engine, variant, pass and type.
#pragma once

#include <array>
#include <map>
#include <string>

#include "faltung/verify.h"
#include "support/engines.h"

namespace faltung::test {

// With FALTUNG_PROOF=FOLDER the program writes FOLDER/PROGRAM.json, a row for each variant, and FOLDER/PROGRAM.md, with
// an engine's variants together, when it ends.
class Proof {
 public:
  static Proof& of_this_run();
  void add(const EngineOnDevice& engine, const ConvProblem& problem, const VerifiedVariant& found);
  void write() const;

 private:
  struct Count {
    int verified = 0, refused = 0, failed = 0;
  };
  using Key = std::array<std::string, 5>;  // device, engine, variant, pass, type
  std::string json() const;
  std::string markdown() const;

  std::map<Key, Count> counts_;
};

}  // namespace faltung::test

// The operands that a problem is verified on, and what its definition makes of them.
#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <vector>

#include "faltung/compile.h"
#include "verify/guarded_operand.h"

namespace faltung {

class VerifyData {
 public:
  // Integers in {−range … range} that depend on the seed, the operand and the index, not on layout or type.
  VerifyData(const ConvProblem& problem, std::uint64_t seed, int range);

  Operands operands();
  // All memory of the operands, guard zones included.
  std::vector<std::vector<std::byte>*> memory();
  GuardedOperand& written() { return operand(written_role(problem_.pass)); }
  // What stands there before the run: NaN, or numbers if the problem accumulates.
  void remember();
  // Empty, or what was written that should not have been.
  std::string damage() const;

  // The sum of the definition, in f64 (integers: i64) by `reference`, without epilogue; dense, in the order of
  // for_each_index over the written operand.
  std::vector<std::complex<double>> plain_result();
  // What must be stored in the written operand there, before rounding.
  std::complex<double> expected(const Dims& index, std::complex<double> plain) const;

 private:
  GuardedOperand& operand(Role role) { return operands_[static_cast<std::size_t>(role)]; }
  void fill(GuardedOperand& target, std::uint64_t salt) const;

  ConvProblem problem_;
  std::uint64_t seed_;
  int range_;
  std::vector<GuardedOperand> operands_;  // by Role
  std::optional<GuardedOperand> bias_, z_, old_;
};

// The sum of the definition if every number read were 1: zero where no data can make it anything else.
bool is_always_zero(const ConvProblem& problem);

}  // namespace faltung

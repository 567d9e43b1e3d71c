// The operands that a problem is verified on, and what its definition makes of them.
#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faltung/compile.h"
#include "verify/guarded_operand.h"
#include "verify/quantization_data.h"
#include "verify/test_numbers.h"

namespace faltung {

class VerifyData {
 public:
  // `in_place`: z is the written operand itself.
  VerifyData(const ConvProblem& problem, const TestNumbers& numbers, bool in_place = false);

  Operands operands();
  // All memory of the operands, guard zones included.
  std::vector<std::vector<std::byte>*> memory();
  const GuardedOperand& operand(Role role) const { return operands_[static_cast<std::size_t>(role)]; }
  const GuardedOperand& written() const { return operand(written_role(problem_.pass)); }
  // What an element of an operand that is read stands for: its distance from the zero point, if it has one.
  std::complex<double> factor(Role role, const Dims& index) const;
  void spoil_weights();  // writes over w
  // What stands there before the run: NaN, or numbers if the problem accumulates.
  void remember();
  // Empty, or what was written that should not have been.
  std::string damage() const;

  // What must be stored in the written operand there, before rounding, if `sum` is what the factors give.
  std::complex<double> expected(const Dims& index, std::complex<double> sum) const;
  // What stood there before and is added to; 0 if nothing is.
  std::complex<double> before(const Dims& index) const { return old_ ? old_->get(index) : 0; }

 private:
  void fill(GuardedOperand& target, const TestNumbers& numbers, Addend addend) const;

  ConvProblem problem_;
  bool in_place_;
  QuantizationData quantization_;
  Quantization values_;                   // for the operands
  std::vector<GuardedOperand> operands_;  // by Role
  std::optional<GuardedOperand> bias_, z_, old_;
};

}  // namespace faltung

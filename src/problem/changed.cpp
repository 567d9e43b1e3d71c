#include <algorithm>

#include "faltung/problem.h"

namespace faltung {
namespace {

void set_pass(ConvProblem& problem, Pass pass) {
  if (problem.pass == pass) return;
  if (problem.epilogue.quantized)
    throw Error(ErrorCode::InvalidArgument, "only forward convolutions are quantised: there is no other pass");
  problem.pass = pass;
  problem.epilogue = {};
  problem.accumulate = false;
}

void set_batch(ConvProblem& problem, std::int64_t batch) {
  if (problem.geometry.batch == batch) return;
  const MemoryFormat x = layout_of(problem, Role::x).nearest(), y = layout_of(problem, Role::y).nearest();
  problem.geometry.batch = batch;
  problem.x.strides = operand_strides(problem.geometry, Role::x, x);
  problem.y.strides = operand_strides(problem.geometry, Role::y, y);
}

void set_dtype(Operand& operand, DType dtype) {
  operand.dtype = dtype;
  operand.alignment = std::max(operand.alignment, static_cast<std::uint8_t>(size_of(real_of(dtype))));
}

}  // namespace

ConvProblem changed(ConvProblem problem, const ProblemChanges& changes) {
  if (changes.pass) set_pass(problem, *changes.pass);
  if (changes.constant_weights) problem.constant_weights = *changes.constant_weights;
  problem.constant_weights &= problem.pass != Pass::WeightGrad;
  if (changes.batch) set_batch(problem, *changes.batch);
  for (Role role : {Role::x, Role::w, Role::y}) {
    if (changes.dtype) set_dtype(problem.operand(role), *changes.dtype);
    if (changes.format) problem.operand(role).strides = operand_strides(problem.geometry, role, *changes.format);
  }
  return canonical(problem);
}

}  // namespace faltung

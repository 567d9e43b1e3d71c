// The basis of all calls: one pass of the trilinear form over three strided operands.
#pragma once

#include <array>

#include "faltung/compile.h"
#include "faltung/conv_options.h"
#include "problem/roles.h"

namespace faltung {

struct Evaluation {
  Geometry geometry;
  Role written = Role::y;
  std::array<TensorView, 3> views;  // x, w, y in the order of extents_of(); the written one's data may be set later
  TensorView bias{}, z{};           // as the epilogue wants them
  double alpha = 1.0;
  Activation activation = Activation::none;
  bool accumulate = false;
  const Quantization* quantization = nullptr;  // of a quantised problem; its values until it has run

  TensorView& result() { return views[index_of(written)]; }
};

// Not canonical yet; compile() canonicalises it.
ConvProblem problem_of(const Evaluation& evaluation, const ConvOptions& options);

CompiledConv compile(const Evaluation& evaluation, const ConvOptions& options, Context& context);
void run(const CompiledConv& compiled, const Evaluation& evaluation, const ConvOptions& options);

// The same, but if memory is short, runs a plan with less workspace.
void run_within_memory(const CompiledConv& compiled, const Evaluation& evaluation, const ConvOptions& options,
                       Context& context);

// Compiles and runs it.
void evaluate(const Evaluation& evaluation, const ConvOptions& options, Context& context);

// A vector that an epilogue can read: contiguous, of that type, not conjugated. Copies only if it must.
Tensor plain_vector(const TensorView& vector, DType dtype, const Execution& execution);

}  // namespace faltung

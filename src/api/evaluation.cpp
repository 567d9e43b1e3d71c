#include "api/evaluation.h"

#include "problem/geometry.h"

namespace faltung {
namespace {

Operand operand_of(const TensorView& view) {
  return {view.dtype, view.conjugate && is_complex(view.dtype), alignment_of(view.data), view.strides};
}

// Runs a plan whose workspace fits in the remaining memory; false if none does.
bool run_with_less(const Evaluation& evaluation, ConvOptions options, Context& context, std::size_t bytes) {
  const bool measured = options.policy.effort != Effort::TunedOnly;
  if (measured) options.policy.effort = Effort::Estimate;  // measuring needs memory, too
  while (bytes > 0) {
    options.policy.workspace_limit = bytes /= 8;
    try {
      run(compile(evaluation, options, context), evaluation, options);
      return true;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::Unsupported) return false;
      if (error.code() != ErrorCode::OutOfMemory) throw;
    }
  }
  return false;
}

}  // namespace

ConvProblem problem_of(const Evaluation& e, const ConvOptions& options) {
  return {.pass = pass_writing(e.written),
          .geometry = e.geometry,
          .x = operand_of(e.views[0]),
          .w = operand_of(e.views[1]),
          .y = operand_of(e.views[2]),
          .epilogue = {.bias = e.bias.defined,
                       .add = e.z.defined,
                       .activation = e.activation,
                       .quantized = e.quantization != nullptr,
                       .weight_zeros = e.quantization && e.quantization->w_zero},
          .accumulate = e.accumulate,
          .padding_mode = options.padding_mode,
          .numerics = options.numerics};
}

CompiledConv compile(const Evaluation& evaluation, const ConvOptions& options, Context& context) {
  return compile(problem_of(evaluation, options), options.policy, context);
}

void run(const CompiledConv& compiled, const Evaluation& e, const ConvOptions& options) {
  const Operands operands{.x = e.views[0].data,
                          .w = e.views[1].data,
                          .y = e.views[2].data,
                          .bias = e.bias.data,
                          .z = e.z.data,
                          .alpha = e.alpha,
                          .quantization = e.quantization};
  const Stream stream{e.views[index_of(e.written)].device, options.stream};
  compiled.run(operands, stream);
}

void run_within_memory(const CompiledConv& compiled, const Evaluation& evaluation, const ConvOptions& options,
                       Context& context) {
  try {
    run(compiled, evaluation, options);
  } catch (const Error& error) {
    // What was added to the result in part could not be undone.
    const bool in_place =
        evaluation.accumulate || evaluation.z.data == evaluation.views[index_of(evaluation.written)].data;
    if (error.code() != ErrorCode::OutOfMemory || in_place) throw;
    if (!run_with_less(evaluation, options, context, compiled.workspace_bytes())) throw;
  }
}

void evaluate(const Evaluation& evaluation, const ConvOptions& options, Context& context) {
  run_within_memory(compile(evaluation, options, context), evaluation, options, context);
}

Tensor plain_vector(const TensorView& vector, DType dtype, const Execution& execution) {
  const bool plain = vector.dtype == dtype && (vector.size(0) <= 1 || vector.stride(0) == 1);
  if (plain && !(vector.conjugate && is_complex(dtype))) return Tensor::borrow(vector, nullptr);
  Tensor copied = Tensor::empty(vector.sizes, dtype, MemoryFormat::contiguous, vector.device, execution);
  copy(vector, copied, execution);
  return copied;
}

}  // namespace faltung

#include "engines/cuda/cudnn/choose/notes.h"

#include "problem/nested_shape.h"

namespace faltung::cuda_cudnn {
namespace {

constexpr Notes transforms{Note::fft, Note::winograd, Note::winograd_4x4, Note::winograd_6x6, Note::winograd_13x13};

}  // namespace

std::string_view refusal(Notes notes, const ConvProblem& p) noexcept {
  const bool f32 = p.x.dtype == DType::f32;
  if (notes.has(Note::down_convert_inputs)) return "rounds its inputs";
  if (notes.has(Note::reduced_precision_reduction)) return "sums in less precision";
  if (notes.has(Note::nondeterministic) && p.numerics.deterministic) return "is not deterministic";
  if (notes.has(Note::tensor_core) && f32 && !p.numerics.tf32) return "rounds products to TF32";
  if (notes.any(transforms) && !p.numerics.transforms) return "transforms its inputs";
  // With 16 bits the transformed inputs are rounded; with f64 a transform saves nothing.
  if (notes.any(transforms) && !f32) return "transforms inputs that are not f32";
  // Wrong results seen with 9.19 on an H100: batches of 3 in contiguous layout, most views of larger tensors.
  if (notes.has(Note::compiled_at_run_time) && format_of(p) != MemoryFormat::channels_last)
    return "is right for dense channels last only";
  if (notes.has(Note::winograd_13x13)) return "has tiles too large for f32";
  return {};
}

bool may_transform(const ConvProblem& p) noexcept {
  return p.x.dtype == DType::f32 && (p.numerics.tf32 || p.numerics.transforms);
}

}  // namespace faltung::cuda_cudnn

#include "engines/cuda/cublaslt/matmul.h"

#include <algorithm>
#include <optional>

#include "engines/cuda/cublaslt/layout.h"
#include "problem/geometry.h"
#include "problem/nested_shape.h"
#include "problem/roles.h"

namespace faltung::cuda_cublaslt {
namespace {

// An operand that is read, with that index along the rows of the matrix that is multiplied.
std::optional<Matrix> factor(const Layout& layout, Role role, Index row) {
  if (auto matrix = layout.stored(role, row)) return matrix;
  auto matrix = layout.stored(role, indices_of(role).beside(row));
  if (matrix) matrix->transposed = true;
  return matrix;
}

// The product with that index of the result along its rows.
std::optional<Matmul> product(const Layout& layout, Role written, Index row) {
  const auto d = layout.stored(written, row);
  if (!d) return std::nullopt;
  const Index summed =
      *std::find_if(all_indices.begin(), all_indices.end(), [&](Index i) { return !indices_of(written).has(i); });
  const Role left = *std::find_if(all_roles.begin(), all_roles.end(),
                                  [&](Role role) { return role != written && indices_of(role).has(row); });
  const Role right =
      *std::find_if(all_roles.begin(), all_roles.end(), [&](Role role) { return role != written && role != left; });
  const auto a = factor(layout, left, row), b = factor(layout, right, summed);
  if (!a || !b) return std::nullopt;
  return Matmul{.m = d->rows,
                .n = d->columns,
                .k = layout.extent(summed),
                .batch = layout.batch(),
                .a = *a,
                .b = *b,
                .d = *d,
                .rows_are_channels = written != Role::w && row != Index::position,
                .bias_batch_stride = layout.has_groups() ? d->rows : 0};
}

// With channels along the rows if both ways are possible, which they are where there is one position or one channel.
std::optional<Matmul> find_matmul(const ConvProblem& p) {
  const auto layout = Layout::of(p);
  if (!layout) return std::nullopt;
  const Role written = written_role(p.pass);
  const Indices indices = indices_of(written);
  const auto found = product(*layout, written, indices.first);
  return found ? found : product(*layout, written, indices.second);
}

bool is_pointwise(const Axis& a) noexcept { return a.filter == 1 && a.pad == 0 && a.in == a.out && a.stride == 1; }

bool is_half(DType type) noexcept { return type == DType::f16 || type == DType::bf16; }

// cuBLASLt's gelu is the approximation by tanh; other activations it has none. In f16 its relu makes zeros of NaN
// (algorithm 24 of 13.1).
bool has_epilogue(const ConvProblem& p) noexcept {
  const DType written = p.written().dtype;
  if (p.epilogue.activation == Activation::relu) return written == DType::f32;
  return p.epilogue.activation == Activation::none && (!p.epilogue.bias || written != DType::f64);
}

Verdict accepts_types(const ConvProblem& p) {
  const DType read = type_read(p), written = p.written().dtype;
  const auto is_read = [&](Role role) { return role == written_role(p.pass) || p.operand(role).dtype == read; };
  return Verdict()
      .need(is_floating(read) && is_floating(written), "real floating-point types only")
      .need(std::all_of(all_roles.begin(), all_roles.end(), is_read), "one type for both operands that are read")
      .need(written == read || (written == DType::f32 && is_half(read)),
            "a result of the type that is read, or in f32 of 16-bit numbers")
      .need(accumulator_of(p) == (read == DType::f64 ? DType::f64 : DType::f32), "sums in f32, or in f64 for f64")
      .need(!p.accumulate || !is_half(written), "accumulates f32 and f64 results only")
      .need(!p.accumulate || p.epilogue.empty(), "accumulates plain results only, without an epilogue")
      .need(has_epilogue(p), "fuses an addition, a bias but for f64, and relu into f32, only");
}

}  // namespace

DType type_read(const ConvProblem& p) noexcept { return p.pass == Pass::Forward ? p.x.dtype : p.y.dtype; }

Verdict accepts(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const auto spans_little = [&](Role role) { return reach_of(p, role) <= most_numbers; };
  Verdict verdict;
  verdict
      .need(std::all_of(g.axes.begin(), g.axes.begin() + g.rank, is_pointwise), "1×1 filters without stride and pads")
      .need(numel_of(g, Role::x) > 0 && numel_of(g, Role::w) > 0 && numel_of(g, Role::y) > 0,
            "there is nothing to compute")
      .need(!p.numerics.batch_invariant, "cuBLASLt's choice of an algorithm depends on the batch size");
  if (!verdict) return verdict;
  if (const Verdict types = accepts_types(p); !types) return types;
  verdict.need(std::all_of(all_roles.begin(), all_roles.end(), spans_little),
               "operands that span at most 2^31 - 1 elements");
  if (!verdict) return verdict;
  const auto matmul = find_matmul(p);
  return verdict
      .need(matmul.has_value(),
            "operands that are matrices, with at most one axis beside them: of images or of groups, and of a weight "
            "gradient, whose sum is over all images, of groups only")
      .need(!p.epilogue.bias || matmul->rows_are_channels, "a bias needs channels last");
}

Matmul matmul_of(const ConvProblem& p) { return find_matmul(p).value(); }

}  // namespace faltung::cuda_cublaslt

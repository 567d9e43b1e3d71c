#include "api/folded.h"

#include "tensor/fold.h"

namespace faltung {
namespace {

std::array<bool, 3> mapped_roles(const Term& term, Role written) {
  std::array<bool, 3> mapped{};
  for (std::size_t i = 0; i < 3; ++i) mapped[i] = i == index_of(written) || term.factors[i].mapped;
  return mapped;
}

// The mapped axis is 0, so an operand's own axis is one further on.
bool merges(const TensorView& view, int axis, bool outer) {
  return can_merge(view.move_axis(0, outer ? axis : axis + 1), axis, axis + 1);
}

Tensor merge(const TensorView& view, int axis, bool outer, const Execution& execution) {
  if (outer) return faltung::fold(view, 0, axis + 1, execution);
  const Tensor merged = faltung::fold(view, axis + 1, 0, execution);
  return Tensor::borrow(merged.move_axis(0, axis), merged.owner());
}

}  // namespace

Folded::Folded(const Term& term, Role written, std::int64_t extent, const Execution& execution)
    : written_(written),
      extent_(extent),
      execution_(execution),
      row_(fold_row(mapped_roles(term, written))),
      geometry_(term.geometry) {
  geometry_.*row_.extent *= extent;
  const auto all_merge = [&](bool outer) {
    for (std::size_t i = 0; i < 3; ++i)
      if (term.factors[i].mapped && !merges(term.factors[i].view, row_.axes[i], outer)) return false;
    return true;
  };
  outer_ = all_merge(true) || !all_merge(false);
  for (std::size_t i = 0; i < 3; ++i) {
    const Factor& factor = term.factors[i];
    views_[i] =
        factor.mapped ? merge(factor.view, row_.axes[i], outer_, execution) : Tensor::borrow(factor.view, nullptr);
  }
}

bool Folded::takes_bias(const Term& term, Role written, const Factor& bias) noexcept {
  return !bias.mapped || fold_row(mapped_roles(term, written)).axes[index_of(written)] != batch_axis;
}

Tensor Folded::bias(const Factor& bias, const Call& call, DType dtype) const {
  const int axis = row_.axes[index_of(written_)];
  if (axis == batch_axis) return plain_vector(bias.view, dtype, execution_);
  TensorView view =
      split(bias.mapped ? bias.view : expand(bias.view.unsqueeze(0), 0, extent_), 1, call.geometry.groups);
  const Tensor merged =
      merge(view, axis - group_axis, outer_, execution_);  // (groups, channels), without the batch axis
  const Tensor vector = faltung::fold(merged, 0, 1, execution_);
  const Tensor plain = plain_vector(vector, dtype, execution_);
  return plain.owner() ? plain : Tensor::borrow(plain, vector.owner() ? vector.owner() : merged.owner());
}

Evaluation Folded::into(const TensorView& result) const {
  Evaluation e{.geometry = geometry_, .written = written_, .views = {views_[0], views_[1], views_[2]}};
  e.result() = result;
  return e;
}

bool Folded::folds_in_place(const TensorView& view) const {
  return merges(view, row_.axes[index_of(written_)], outer_);
}

Tensor Folded::fold(const TensorView& view) const {
  return merge(view, row_.axes[index_of(written_)], outer_, execution_);
}

Tensor Folded::unfold(const Tensor& folded) const {
  const int axis = row_.axes[index_of(written_)];
  const TensorView parted = split(folded, axis, outer_ ? extent_ : folded.size(axis) / extent_);
  return Tensor::borrow(parted.move_axis(outer_ ? axis : axis + 1, 0), folded.owner());
}

}  // namespace faltung

#include "engines/cuda/cublaslt/layout.h"

#include <algorithm>
#include <vector>

#include "problem/geometry.h"
#include "problem/roles.h"

namespace faltung::cuda_cublaslt {
namespace {

// All positions of all images, outermost first, in as few runs as may be.
std::vector<Run> runs_of(const ConvProblem& p) {
  const Dims extents = extents_of(p.geometry, Role::x);
  std::vector<Run> runs;
  for (int axis = extents.size() - 1; axis >= 0; --axis) {
    if (axis == group_axis || axis == channel_axis || extents[axis] == 1) continue;
    const Run outer{extents[axis], p.x.strides[axis], p.y.strides[axis]};
    if (!runs.empty() && outer.continues(runs.back()))
      runs.back().extent *= outer.extent;
    else
      runs.push_back(outer);
  }
  std::reverse(runs.begin(), runs.end());
  return runs;
}

}  // namespace

std::optional<Layout> Layout::of(const ConvProblem& p) {
  std::vector<Run> runs = runs_of(p);
  Layout layout(p);
  if (layout.has_groups()) {
    layout.batch_ = {p.geometry.groups, p.x.strides[group_axis], p.y.strides[group_axis]};
    layout.w_batch_stride_ = p.w.strides[0];
  } else if (runs.size() == 2 && p.pass != Pass::WeightGrad) {
    layout.batch_ = runs.front();
    runs.erase(runs.begin());
  }
  if (runs.size() > 1) return std::nullopt;
  if (!runs.empty()) layout.positions_ = runs.front();
  return layout;
}

std::int64_t Layout::extent(Index index) const noexcept {
  if (index == Index::position) return positions_.extent;
  return index == Index::input_channel ? p_.geometry.in_channels : p_.geometry.out_channels;
}

std::optional<Matrix> Layout::stored(Role role, Index row) const noexcept {
  const Index column = indices_of(role).beside(row);
  const Matrix matrix{.role = role,
                      .rows = extent(row),
                      .columns = extent(column),
                      .leading = extent(column) == 1 ? extent(row) : stride(role, column),
                      .batch_stride = batch_stride(role)};
  const bool dense_rows = matrix.rows == 1 || stride(role, row) == 1;
  const bool fits = matrix.leading >= matrix.rows && matrix.leading <= most_numbers && matrix.batch_stride >= 0;
  return dense_rows && fits ? std::optional(matrix) : std::nullopt;
}

std::int64_t Layout::stride(Role role, Index index) const noexcept {
  if (index == Index::position) return role == Role::x ? positions_.x_stride : positions_.y_stride;
  if (role != Role::w) return p_.operand(role).strides[channel_axis];
  return p_.w.strides[index == Index::output_channel ? 1 : 2];
}

std::int64_t Layout::batch_stride(Role role) const noexcept {
  return role == Role::x ? batch_.x_stride : role == Role::y ? batch_.y_stride : w_batch_stride_;
}

}  // namespace faltung::cuda_cublaslt

// Which operand of the trilinear form each tensor of a call is, and which pass computes which tensor.
//
//     call                                      pass                     x               w         y
//     conv                                      Forward                  input           weight    (output)
//     its input gradient / weight gradient      DataGrad / WeightGrad    (grad) / input  weight / (grad)  grad_output
//     conv_transpose                            DataGrad                 (output)        weight    input
//     its input gradient / weight gradient      Forward / WeightGrad     grad_output     weight / (grad)  (grad) /
//     input
#pragma once

#include <array>

#include "faltung/problem.h"

namespace faltung {

inline constexpr std::array all_roles{Role::x, Role::w, Role::y};

constexpr Role input_role(bool transposed) noexcept { return transposed ? Role::y : Role::x; }
constexpr Role output_role(bool transposed) noexcept { return transposed ? Role::x : Role::y; }

constexpr Pass pass_writing(Role role) noexcept {
  return role == Role::y ? Pass::Forward : role == Role::x ? Pass::DataGrad : Pass::WeightGrad;
}

constexpr std::size_t index_of(Role role) noexcept { return static_cast<std::size_t>(role); }

// The axis of an operand, as extents_of() orders them, that counts its channels in a group: x and y have one such axis,
// w has one for each.
inline constexpr int batch_axis = 0, group_axis = 1, channel_axis = 2;  // of x and y; w is (G, K, C, …)

}  // namespace faltung

// Extents and strides of a 1×1 convolution by what its matrices are counted by.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "engines/cuda/cublaslt/matmul.h"

namespace faltung::cuda_cublaslt {

inline constexpr std::int64_t most_numbers = std::numeric_limits<std::int32_t>::max();  // along an axis of a matrix

// What the numbers of a matrix are counted by.
enum class Index : std::uint8_t { output_channel, input_channel, position };
inline constexpr std::array all_indices{Index::output_channel, Index::input_channel, Index::position};

struct Indices {
  Index first, second;
  bool has(Index index) const noexcept { return first == index || second == index; }
  Index beside(Index index) const noexcept { return first == index ? second : first; }
};

// Channels first.
constexpr Indices indices_of(Role role) noexcept {
  if (role == Role::w) return {Index::input_channel, Index::output_channel};
  return {role == Role::x ? Index::input_channel : Index::output_channel, Index::position};
}

// Positions of x and y that follow each other evenly in both.
struct Run {
  std::int64_t extent = 1, x_stride = 0, y_stride = 0;
  bool continues(const Run& inner) const noexcept {
    return x_stride == inner.extent * inner.x_stride && y_stride == inner.extent * inner.y_stride;
  }
};

class Layout {
 public:
  // Nothing if more than one axis is left beside the matrices: cuBLASLt counts batches along one. The problem outlives
  // it.
  static std::optional<Layout> of(const ConvProblem& problem);

  bool has_groups() const noexcept { return p_.geometry.groups > 1; }
  std::int64_t batch() const noexcept { return batch_.extent; }
  std::int64_t extent(Index index) const noexcept;
  // The operand with one of its indices along the rows; nothing if it does not lie so.
  std::optional<Matrix> stored(Role role, Index row) const noexcept;

 private:
  explicit Layout(const ConvProblem& p) : p_(p) {}
  std::int64_t stride(Role role, Index index) const noexcept;
  std::int64_t batch_stride(Role role) const noexcept;

  const ConvProblem& p_;
  Run positions_, batch_;
  std::int64_t w_batch_stride_ = 0;  // 0: images share the weights
};

}  // namespace faltung::cuda_cublaslt

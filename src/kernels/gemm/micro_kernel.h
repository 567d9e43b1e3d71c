// The GEMM micro-kernel: MR rows times NR columns (a few vectors of lanes), with all accumulators in registers.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "faltung/activation.h"

namespace faltung::gemm {

inline constexpr int max_rows = 14;
inline constexpr int max_vectors = 3;

// Whether kernels take an ending. In f64 it would make each of them larger, and few programs faster.
template <class T>
inline constexpr bool ends_sums = std::is_same_v<T, float>;

// What happens to complete sums while they are in registers:
// activation(c[i][j] + alpha · z[i][j] + bias). Null is none.
template <class T>
struct Ending {
  const T* bias = nullptr;
  bool bias_by_row = false;  // bias[i]; else bias[j]
  const T* z = nullptr;      // laid out as c
  T alpha = 1;
  Activation activation = Activation::none;  // none, relu or relu6
};

// The rows of a panel. Packed: a[i][p] = data[p · stride + i]; direct: data[i · stride + p]; scattered:
// data[row[i] + depth[p]], where `row` has as many again after those of the panel, whose elements will soon be read.
template <class T>
struct Rows {
  const T* data = nullptr;
  std::int64_t stride = 0;
  const std::int64_t *row = nullptr, *depth = nullptr;
};

// c[i][j] = (add ? c[i][j] : 0) + Σ_p a[i][p] b[p][j]; then `ending`, if there is one. `b` is `depth` rows of
// NR elements, `b_stride` apart: a packed panel, or memory that lies like one.
template <class T>
using MicroKernel = void (*)(std::int64_t depth, const Rows<T>& a, const T* b, std::int64_t b_stride, T* c,
                             std::int64_t c_stride, bool add, const Ending<T>* ending);

// T: float, double, std::uint32_t or std::uint64_t (integers wrap around).
template <class T>
struct MicroKernels {
  using Table = std::array<std::array<MicroKernel<T>, max_vectors>, max_rows>;
  int rows = 0, vectors = 0, vector_lanes = 0;  // of the largest kernel
  Table packed{}, direct{};                     // [rows - 1][vectors - 1]; direct may be null for integers

  int lanes() const { return vectors * vector_lanes; }
  bool reads_rows() const { return direct[0][0] != nullptr; }
};

// The kernels for this CPU; valid until the program ends.
template <class T>
const MicroKernels<T>& micro_kernels();

// For scattered rows; null for integers, and for some heights: the tallest, half of it, and so on down to 1 are there.
template <class T>
const typename MicroKernels<T>::Table* scattered_kernels();

}  // namespace faltung::gemm

// The GEMM micro-kernel: MR rows times NR columns (a few vectors of lanes), with all accumulators in registers.
#pragma once

#include <array>
#include <cstdint>

namespace faltung::gemm {

inline constexpr int max_rows = 14;
inline constexpr int max_vectors = 3;

// c[i][j] = (add ? c[i][j] : 0) + Σ_p a[i][p] b[p][j]. `b` is a packed panel: `depth` rows of NR elements. `a` is a
// packed panel, `depth` columns of MR elements, `a_stride` apart; or for direct kernels plain memory: rows `a_stride`
// apart, contiguous along the depth.
template <class T>
using MicroKernel = void (*)(std::int64_t depth, const T* a, std::int64_t a_stride, const T* b, T* c,
                             std::int64_t c_stride, bool add);

// T: float, double, std::uint32_t or std::uint64_t (integers wrap around).
template <class T>
struct MicroKernels {
  using Table = std::array<std::array<MicroKernel<T>, max_vectors>, max_rows>;
  int rows = 0, vectors = 0, vector_lanes = 0;  // of the largest kernel
  Table packed{}, direct{};                     // [rows - 1][vectors - 1]

  int lanes() const { return vectors * vector_lanes; }
};

// The kernels for this CPU; valid until the program ends.
template <class T>
const MicroKernels<T>& micro_kernels();

}  // namespace faltung::gemm

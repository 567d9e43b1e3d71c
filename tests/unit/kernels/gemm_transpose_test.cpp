#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "kernels/gemm/transpose.h"
#include "support/on_target.h"

namespace faltung::gemm {
namespace {

using GemmTranspose = test::OnTarget;

template <class T>
void check(std::int64_t rows, std::int64_t columns) {
  const std::int64_t from_stride = columns + 3, to_stride = rows + 2;
  std::vector<T> from(static_cast<std::size_t>(rows * from_stride)),
      to(static_cast<std::size_t>(columns * to_stride), T(7));
  std::iota(from.begin(), from.end(), T(100));
  transpose(from.data(), from_stride, rows, columns, to.data(), to_stride);
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t i = 0; i < to_stride; ++i) {
      const T want = i < rows ? from[static_cast<std::size_t>(i * from_stride + j)] : T(7);
      ASSERT_EQ(to[static_cast<std::size_t>(j * to_stride + i)], want) << rows << " x " << columns;
    }
}

TEST_P(GemmTranspose, ExchangesRowsAndColumnsOfAnySize) {
  for (std::int64_t rows = 1; rows < 20; ++rows)
    for (std::int64_t columns = 1; columns < 20; ++columns) {
      check<float>(rows, columns);
      check<double>(rows, columns);
      check<std::uint32_t>(rows, columns);
      check<std::uint64_t>(rows, columns);
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, GemmTranspose, test::all_targets);

}  // namespace
}  // namespace faltung::gemm

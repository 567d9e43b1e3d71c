#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/gemm/clip.h"
#include "kernels/gemm/micro_kernel.h"
#include "support/on_target.h"

namespace faltung::gemm {
namespace {

// What the definition says, one by one.
Range counted(std::int64_t at, std::int64_t step, std::int64_t extent, std::int64_t count) {
  Range range{count, count};
  for (std::int64_t i = 0; i < count; ++i)
    if (at + i * step >= 0 && at + i * step < extent) range = {std::min(range.begin, i), i + 1};
  return range.begin == count ? Range{} : range;
}

TEST(GemmClip, KeepsWhatIsInside) {
  for (std::int64_t at = -9; at < 12; ++at)
    for (std::int64_t step : {-3, -2, -1, 1, 2, 3, 100})
      for (std::int64_t extent : {1, 2, 7})
        for (std::int64_t count : {1, 2, 5, 9}) {
          const Range want = counted(at, step, extent, count), got = clip(at, step, extent, count);
          ASSERT_EQ(got.empty(), want.empty()) << at << ' ' << step << ' ' << extent << ' ' << count;
          if (want.empty()) continue;
          ASSERT_EQ(got.begin, want.begin) << at << ' ' << step << ' ' << extent << ' ' << count;
          ASSERT_EQ(got.end, want.end) << at << ' ' << step << ' ' << extent << ' ' << count;
        }
}

std::vector<std::int64_t> offsets(const IndexSet& set) {
  std::vector<std::int64_t> result;
  for_each_run(set, 0, set.count(), [&](const gemm::Run& run) {
    for (std::int64_t i = 0; i < run.count; ++i) result.push_back(run.offset + i * set.inner().stride);
  });
  return result;
}

TEST(GemmIndexSet, StaysTheSameIndexWhenSimplified) {
  IndexSet set;
  set.push({.extent = 3, .stride = 40});
  set.push({.extent = 1, .stride = 7});
  set.push({.extent = 4, .stride = 10, .axis = 0, .step = 2});
  set.push({.extent = 5, .stride = 2, .axis = 1, .step = 1});
  for (bool checked : {false, true}) {
    IndexSet simple = set;
    simple.simplify(checked);
    EXPECT_EQ(simple.size, checked ? 3 : 1);  // without coordinates it is one stretch of memory, two apart
    EXPECT_EQ(offsets(simple), offsets(set));
  }
}

TEST(GemmIndexSet, StartsAnywhere) {
  IndexSet set;
  set.push({.extent = 3, .stride = 100});
  set.push({.extent = 4, .stride = 10});
  const std::vector<std::int64_t> all = offsets(set);
  for (std::int64_t begin = 0; begin < 12; ++begin)
    for_each_run(set, begin, 12 - begin, [&](const gemm::Run& run) {
      EXPECT_EQ(run.offset, all[static_cast<std::size_t>(begin + run.begin)]);
    });
}

using GemmMicroKernels = test::OnTarget;

enum class Lie { packed, direct, scattered };

template <class T>
const typename MicroKernels<T>::Table& table_of(Lie lie) {
  const MicroKernels<T>& kernels = micro_kernels<T>();
  return lie == Lie::packed ? kernels.packed : lie == Lie::direct ? kernels.direct : *scattered_kernels<T>();
}

// Small integers, so that every order of summation gives the same.
template <class T>
void check(int rows, int vectors, Lie lie, bool add) {
  const MicroKernels<T>& kernels = micro_kernels<T>();
  const int width = kernels.lanes(), lanes = vectors * kernels.vector_lanes, depth = 37, stride = depth + 3;
  std::vector<T> a(static_cast<std::size_t>(stride * stride)), c(static_cast<std::size_t>(rows * width), T(5));
  std::vector<T> memory(static_cast<std::size_t>(depth * width) + 64);
  T* b = memory.data();
  while (reinterpret_cast<std::uintptr_t>(b) % 64 != 0) ++b;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(static_cast<int>(i * 7 % 11) - 5);
  for (int i = 0; i < depth * width; ++i) b[i] = static_cast<T>(i * 5 % 13 - 6);
  std::vector<std::int64_t> row, columns;  // neither in order nor evenly apart
  for (int i = 0; i < 2 * rows; ++i) row.push_back((i * 5 % rows) * stride + i % 2);
  for (int p = 0; p < depth; ++p) columns.push_back(p * 3 % depth);
  const auto at = [&](int i, int p) {
    if (lie == Lie::scattered) return row[static_cast<std::size_t>(i)] + columns[static_cast<std::size_t>(p)];
    return static_cast<std::int64_t>(lie == Lie::direct ? i * stride + p : p * stride + i);
  };
  const Rows<T> left{.data = a.data(), .stride = stride, .row = row.data(), .depth = columns.data()};
  const auto kernel = table_of<T>(lie)[static_cast<std::size_t>(rows - 1)][static_cast<std::size_t>(vectors - 1)];
  kernel(depth, left, b, kernels.lanes(), c.data(), width, add, nullptr);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < width; ++j) {
      T want = add || j >= lanes ? T(5) : T(0);
      for (int p = 0; p < depth && j < lanes; ++p) want += a[static_cast<std::size_t>(at(i, p))] * b[p * width + j];
      ASSERT_EQ(c[static_cast<std::size_t>(i * width + j)], want) << rows << " x " << vectors << ": " << i << ',' << j;
    }
}

template <class T>
void check_all() {
  const MicroKernels<T>& kernels = micro_kernels<T>();
  for (Lie lie : {Lie::packed, Lie::direct, Lie::scattered}) {
    if ((lie == Lie::direct && !kernels.reads_rows()) || (lie == Lie::scattered && !scattered_kernels<T>())) continue;
    for (int rows = kernels.rows; rows > 0; lie == Lie::scattered&& rows > 1 ? rows = (rows + 1) / 2 : --rows)
      for (int vectors = 1; vectors <= kernels.vectors; ++vectors)
        for (bool add : {false, true}) check<T>(rows, vectors, lie, add);
  }
}

TEST_P(GemmMicroKernels, MultiplyInEverySize) {
  check_all<float>();
  check_all<double>();
  check_all<std::uint32_t>();
  check_all<std::uint64_t>();
}

template <class T>
T ended(T sum, T z, T bias, Activation activation) {
  const T value = sum + 2 * z + bias;
  if (activation == Activation::none || std::isnan(value)) return value;
  return std::min(std::max(value, T(0)), activation == Activation::relu ? std::numeric_limits<T>::infinity() : T(6));
}

// A product of depth 1, so that sums are what `c` and `a` say; what is beside the vectors, in z and bias too, is
// poison.
template <class T>
void check_ending(int rows, int vectors, bool by_row, Activation activation) {
  const MicroKernels<T>& kernels = micro_kernels<T>();
  const int lanes = vectors * kernels.vector_lanes, width = kernels.lanes(), stride = width + 1;
  const auto elements = static_cast<std::size_t>(rows * stride),
             biases = static_cast<std::size_t>(by_row ? rows : lanes);
  std::vector<T> a(static_cast<std::size_t>(rows)), c(elements, T(1)), z(elements), bias(biases);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(i % 7) - 3;
  for (std::size_t i = 0; i < biases; ++i) bias[i] = static_cast<T>(i % 5) - 2;
  for (std::size_t i = 0; i < elements; ++i)
    z[i] = i % 11 == 3 ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(i % 3);
  std::vector<T> memory(static_cast<std::size_t>(width) + 64, T(1));
  T* b = memory.data();
  while (reinterpret_cast<std::uintptr_t>(b) % 64 != 0) ++b;
  const Ending<T> ending{
      .bias = bias.data(), .bias_by_row = by_row, .z = z.data(), .alpha = 2, .activation = activation};
  const auto kernel = kernels.packed[static_cast<std::size_t>(rows - 1)][static_cast<std::size_t>(vectors - 1)];
  kernel(1, {.data = a.data()}, b, 0, c.data(), stride, true, &ending);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < width; ++j) {
      const auto at = static_cast<std::size_t>(i * stride + j), channel = static_cast<std::size_t>(by_row ? i : j);
      const T want = j < lanes ? ended<T>(1 + a[static_cast<std::size_t>(i)], z[at], bias[channel], activation) : T(1);
      if (std::isnan(want))
        EXPECT_TRUE(std::isnan(c[at])) << rows << " x " << vectors << ": " << i << ',' << j;
      else
        EXPECT_EQ(c[at], want) << rows << " x " << vectors << ": " << i << ',' << j;
    }
}

template <class T>
void check_endings() {
  for (int rows = 1; rows <= micro_kernels<T>().rows; ++rows)
    for (int vectors = 1; vectors <= micro_kernels<T>().vectors; ++vectors)
      for (bool by_row : {false, true})
        for (Activation activation : {Activation::none, Activation::relu, Activation::relu6})
          check_ending<T>(rows, vectors, by_row, activation);
}

TEST_P(GemmMicroKernels, EndSumsInRegisters) { check_endings<float>(); }

TEST_P(GemmMicroKernels, LetIntegersWrapAround) {
  const auto& kernels = micro_kernels<std::uint64_t>();
  constexpr int max_lanes = 64;  // of a panel
  ASSERT_LE(kernels.lanes(), max_lanes);
  const std::uint64_t a = 0xfedcba9876543210u, b = 0x123456789abcdef1u;
  alignas(64) std::uint64_t panel[max_lanes], c[max_lanes] = {};
  std::fill_n(panel, max_lanes, b);
  kernels.packed[0][0](1, {.data = &a}, panel, 0, c, max_lanes, false, nullptr);
  EXPECT_EQ(c[0], a * b);
}

INSTANTIATE_TEST_SUITE_P(Targets, GemmMicroKernels, test::all_targets);

}  // namespace
}  // namespace faltung::gemm

// A transform of one line: a small matrix times vectors, with what its pairs of points have in common computed once.
#if defined(FALTUNG_WINOGRAD_LINE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_WINOGRAD_LINE_INL
#undef FALTUNG_WINOGRAD_LINE_INL
#else
#define FALTUNG_WINOGRAD_LINE_INL
#endif

#include <cstddef>
#include <utility>

#include "hwy/highway.h"
#include "kernels/winograd/matrices.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::winograd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Calls body(i) for 0 <= i < count with i as a compile-time constant, so that arrays indexed by it become registers.
template <int count, class Body>
HWY_INLINE void unrolled(Body&& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) HWY_ATTR { (body(std::integral_constant<std::size_t, i>()), ...); }
  (std::make_integer_sequence<int, count>());
}

// A column with which a sum over columns first, first + step, … begins: one that needs no multiplication, if there is
// one.
template <std::size_t columns>
constexpr std::size_t lead(const std::array<double, columns>& row, std::size_t first, std::size_t step) {
  for (std::size_t i = first; i < columns; i += step)
    if (row[i] == 1 || row[i] == -1) return i;
  for (std::size_t i = first; i < columns; i += step)
    if (row[i] != 0) return i;
  return columns;
}

template <const auto& matrix, std::size_t row, std::size_t first, std::size_t step, class D, class V>
HWY_INLINE V dot(D d, const V* x) {
  constexpr const auto& numbers = matrix[row];
  constexpr std::size_t begin = lead(numbers, first, step);
  using T = hn::TFromD<D>;
  V sum = x[begin];
  if constexpr (numbers[begin] == -1) sum = hn::Neg(sum);
  if constexpr (numbers[begin] != 1 && numbers[begin] != -1) sum = hn::Mul(sum, hn::Set(d, T(numbers[begin])));
  unrolled<static_cast<int>(numbers.size())>([&](auto i) HWY_ATTR {
    if constexpr (i >= first && (i - first) % step == 0 && i != begin && numbers[i] != 0) {
      if constexpr (numbers[i] == 1) {
        sum = hn::Add(sum, x[i]);
      } else if constexpr (numbers[i] == -1) {
        sum = hn::Sub(sum, x[i]);
      } else {
        sum = hn::MulAdd(x[i], hn::Set(d, T(numbers[i])), sum);
      }
    }
  });
  return sum;
}

// The rows of a pair ±p are even ± scale · odd; here the odd columns are divided by that scale.
template <std::size_t rows, std::size_t columns>
struct RowPairs {
  std::array<std::array<double, columns>, rows> matrix;
  std::array<double, rows> scale;
};
template <std::size_t rows, std::size_t columns>
constexpr RowPairs<rows, columns> row_pairs(std::array<std::array<double, columns>, rows> matrix) {
  RowPairs<rows, columns> result{matrix, {}};
  for (std::size_t r = 1; r + 1 < rows; r += 2) {
    for (std::size_t c = 1; c < columns; c += 2)
      if (matrix[r][c] != 0) result.scale[r] = matrix[r][c];
    for (std::size_t c = 1; c < columns; c += 2) result.matrix[r][c] = matrix[r][c] / result.scale[r];
  }
  return result;
}

// Rows belong to points: B and G.
template <class Of>
struct ToPoints {
  static constexpr auto pairs = row_pairs(Of::matrix);
  static constexpr auto matrix = pairs.matrix;
  static constexpr int inputs = static_cast<int>(matrix[0].size()), outputs = static_cast<int>(matrix.size());

  template <class D, class V>
  static HWY_INLINE void apply(D d, const V* x, V* y) {
    y[0] = dot<matrix, 0, 0, 1>(d, x);
    y[outputs - 1] = dot<matrix, outputs - 1, 0, 1>(d, x);
    unrolled<(outputs - 2) / 2>([&](auto i) HWY_ATTR {
      constexpr std::size_t row = 2 * i + 1;
      constexpr double scale = pairs.scale[row];
      const V even = dot<matrix, row, 0, 2>(d, x), odd = dot<matrix, row, 1, 2>(d, x);
      if constexpr (scale == 1) {
        y[row] = hn::Add(even, odd), y[row + 1] = hn::Sub(even, odd);
      } else {
        const V by = hn::Set(d, hn::TFromD<D>(scale));
        y[row] = hn::MulAdd(by, odd, even), y[row + 1] = hn::NegMulAdd(by, odd, even);
      }
    });
  }
};

// Columns belong to points: A. Even rows have the same numbers in both columns of a pair, odd rows opposite ones.
template <class Of>
struct FromPoints {
  static constexpr int outputs = static_cast<int>(Of::matrix.size()), inputs = static_cast<int>(Of::matrix[0].size());
  static constexpr auto folded() {
    auto result = Of::matrix;
    for (auto& row : result)
      for (std::size_t c = 2; c + 1 < row.size(); c += 2) row[c] = 0;
    return result;
  }
  static constexpr auto matrix = folded();

  template <class D, class V>
  static HWY_INLINE void apply(D d, const V* x, V* y) {
    V even[inputs], odd[inputs];
    even[0] = odd[0] = x[0], even[inputs - 1] = odd[inputs - 1] = x[inputs - 1];
    unrolled<(inputs - 2) / 2>([&](auto i) HWY_ATTR {
      constexpr std::size_t column = 2 * i + 1;
      even[column] = hn::Add(x[column], x[column + 1]), odd[column] = hn::Sub(x[column], x[column + 1]);
    });
    unrolled<outputs>([&](auto i) HWY_ATTR { y[i] = dot<matrix, i, 0, 1>(d, i % 2 == 0 ? even : odd); });
  }
};

// One element, as it is: an axis that is not transformed.
struct Unchanged {
  static constexpr int inputs = 1, outputs = 1;
  template <class D, class V>
  static HWY_INLINE void apply(D, const V* x, V* y) {
    y[0] = x[0];
  }
};

}  // namespace
}  // namespace faltung::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

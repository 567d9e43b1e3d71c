// The matrices of F(m, r), made from its points when it is compiled: m sums of r taps each from m + r − 1 products,
//
//     y = A (G g ∘ B d),     y[i] = Σ_k g[k] d[i + k],
//
// Toom and Cook's way to multiply polynomials, transposed (Winograd, Arithmetic Complexity of Computations, 1980). One
// point is infinity, the others are 0 and pairs ±p: rows of a pair differ in the sign of their odd columns only.
#pragma once

#include <array>
#include <cstddef>

namespace faltung::winograd {

template <int rows, int columns>
using Matrix = std::array<std::array<double, columns>, rows>;

// Those of F(4, 3) are not the usual ones, {0, ±1, ±2}: errors are two thirds of theirs (docs/numerics.md).
template <int products>
struct Points;
template <>
struct Points<4> {
  static constexpr std::array<double, 3> finite = {0, 1, -1};
};
template <>
struct Points<6> {
  static constexpr std::array<double, 5> finite = {0, 0.625, -0.625, 1.5, -1.5};
};
template <>
struct Points<8> {
  static constexpr std::array<double, 7> finite = {0, 1, -1, 2, -2, 0.5, -0.5};
};

namespace detail {

constexpr double power(double base, int exponent) {
  double result = 1;
  for (int i = 0; i < exponent; ++i) result *= base;
  return result;
}

// The coefficients of Π (x − p) over the points but number `skip`.
template <std::size_t n>
constexpr std::array<double, n + 1> product_without(const std::array<double, n>& points, std::size_t skip) {
  std::array<double, n + 1> result{1};
  std::size_t degree = 0;
  for (std::size_t p = 0; p < n; ++p) {
    if (p == skip) continue;
    ++degree;
    for (std::size_t i = degree; i > 0; --i) result[i] = result[i - 1] - points[p] * result[i];
    result[0] *= -points[p];
  }
  return result;
}

template <std::size_t n>
constexpr double value_at(const std::array<double, n>& polynomial, double x) {
  double result = 0;
  for (std::size_t i = n; i-- > 0;) result = result * x + polynomial[i];
  return result;
}

}  // namespace detail

// Of F(m, r) with m + r − 1 = products.
template <int products>
constexpr Matrix<products, products> input_matrix() {
  Matrix<products, products> b{};
  for (std::size_t p = 0; p < products; ++p) b[p] = detail::product_without(Points<products>::finite, p);
  return b;  // the last leaves out none
}

template <int products, int taps>
constexpr Matrix<products, taps> filter_matrix() {
  Matrix<products, taps> g{};
  const auto& points = Points<products>::finite;
  for (std::size_t p = 0; p + 1 < products; ++p) {
    const double scale = detail::value_at(detail::product_without(points, p), points[p]);
    for (int k = 0; k < taps; ++k) g[p][static_cast<std::size_t>(k)] = detail::power(points[p], k) / scale;
  }
  g[products - 1][taps - 1] = 1;
  return g;
}

template <int outputs, int products>
constexpr Matrix<outputs, products> output_matrix() {
  Matrix<outputs, products> a{};
  const auto& points = Points<products>::finite;
  for (int i = 0; i < outputs; ++i)
    for (std::size_t p = 0; p + 1 < products; ++p) a[static_cast<std::size_t>(i)][p] = detail::power(points[p], i);
  a[outputs - 1][products - 1] = 1;
  return a;
}

// Whether Σ_p A[i][p] G[p][k] B[p][l] is 1 for l = i + k and else 0, but for the rounding of these sums.
template <int outputs, int taps>
constexpr bool are_right(double most) {
  constexpr int products = outputs + taps - 1;
  const auto a = output_matrix<outputs, products>();
  const auto g = filter_matrix<products, taps>();
  const auto b = input_matrix<products>();
  for (std::size_t i = 0; i < outputs; ++i)
    for (std::size_t k = 0; k < taps; ++k)
      for (std::size_t l = 0; l < products; ++l) {
        double sum = l == i + k ? -1 : 0;
        for (std::size_t p = 0; p < products; ++p) sum += a[i][p] * g[p][k] * b[p][l];
        if (sum > most || sum < -most) return false;
      }
  return true;
}

static_assert(are_right<2, 3>(0) && are_right<3, 2>(0));  // exactly: their numbers are 1 and 1/2
static_assert(are_right<4, 3>(1e-14) && are_right<3, 4>(1e-14));
static_assert(are_right<6, 3>(1e-14));

}  // namespace faltung::winograd

#include "run/filters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>

#include "command.h"
#include "media/arrays.h"

namespace faltung::cli {
namespace {

constexpr double largest_sigma = 1e4;

Tensor taps(const Dims& sizes, const std::vector<double>& weights, double divisor = 1) {
  Tensor tensor = Tensor::empty(sizes, DType::f64);
  for (std::size_t i = 0; i < weights.size(); ++i) tensor.as<double>()[i] = weights[i] / divisor;
  return tensor;
}

std::vector<double> bell(std::int64_t radius, double sigma) {
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t i = -radius; i <= radius; ++i) {
    const double x = static_cast<double>(i);
    weights.push_back(std::exp(-x * x / (2 * sigma * sigma)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// The factor (1, k, 1) of a filter.
Tensor along(int axis, int rank, const std::vector<double>& weights) {
  Dims sizes = Dims::filled(rank, 1);
  sizes[axis] = static_cast<std::int64_t>(weights.size());
  return taps(sizes, weights);
}

Filter gaussian(const std::string& name, std::int64_t radius, double sigma) {
  const std::vector<double> weights = bell(radius, sigma);
  return {name, {along(0, 2, weights), along(1, 2, weights)}};
}

Filter square(const std::string& name, std::int64_t size, const std::vector<double>& weights, double divisor,
              double offset = 0) {
  return {name, {taps({size, size}, weights, divisor)}, offset};
}

// A camera that moves along the falling diagonal while the shutter is open.
Filter motion(std::int64_t size) {
  std::vector<double> weights(static_cast<std::size_t>(size * size));
  for (std::int64_t i = 0; i < size; ++i) weights[static_cast<std::size_t>(i * size + i)] = 1;
  return square("motion", size, weights, static_cast<double>(size));
}

Filter box(std::int64_t size) {
  const std::vector<double> ones(static_cast<std::size_t>(size * size), 1);
  return square("box", size, ones, static_cast<double>(size * size));
}

std::vector<Filter> make_filters() {
  return {
      square("identity", 1, {1}, 1),
      gaussian("blur", 2, 1.2),
      gaussian("gaussian", 15, 6.0),
      box(9),
      motion(21),
      square("sharpen", 3, {0, -1, 0, -1, 5, -1, 0, -1, 0}, 1),
      square("sobel-x", 3, {-1, 0, 1, -2, 0, 2, -1, 0, 1}, 4, 0.5),
      square("sobel-y", 3, {-1, -2, -1, 0, 0, 0, 1, 2, 1}, 4, 0.5),
      square("laplacian", 3, {1, 2, 1, 2, -12, 2, 1, 2, 1}, 4, 0.5),
      square("emboss", 3, {-2, -1, 0, -1, 0, 1, 0, 1, 2}, 2, 0.5),
  };
}

}  // namespace

Dims Filter::sizes() const {
  Dims sizes = parts.front().sizes;
  for (const Tensor& part : parts)
    for (int axis = 0; axis < sizes.size(); ++axis) sizes[axis] = std::max(sizes[axis], part.size(axis));
  return sizes;
}

Tensor Filter::whole() const {
  Tensor product = Tensor::empty(sizes(), DType::f64);
  fill(product, 1);
  for (std::int64_t i = 0; i < product.numel(); ++i) {
    for (const Tensor& part : parts) {
      std::int64_t place = 0;
      for (int axis = 0; axis < rank(); ++axis)
        if (part.size(axis) > 1) place += i / product.stride(axis) % product.size(axis) * part.stride(axis);
      product.as<double>()[i] *= part.as<double>()[place];
    }
  }
  return product;
}

const std::vector<Filter>& filters() {
  static const std::vector<Filter> all = make_filters();
  return all;
}

Filter gaussian_filter(const std::vector<double>& sigmas, int rank) {
  const auto count = static_cast<int>(sigmas.size());
  if (count != 1 && count != rank)
    throw UsageError(fmt::format("--sigma has {} values; 1 or {} are right", count, rank));
  Filter filter{"gaussian", {}};
  for (int axis = 0; axis < rank; ++axis) {
    const double sigma = sigmas[count == 1 ? 0 : static_cast<std::size_t>(axis)];
    if (!(sigma >= 0) || sigma > largest_sigma)
      throw UsageError(fmt::format("--sigma {}: it must be from 0 to {}", sigma, largest_sigma));
    const std::int64_t radius = std::llround(std::floor(4 * sigma + 0.5));
    if (radius > 0) filter.parts.push_back(along(axis, rank, bell(radius, sigma)));
  }
  if (filter.parts.empty()) filter.parts.push_back(along(0, rank, {1}));
  return filter;
}

std::string name_of_filter(const std::string& place) {
  return std::filesystem::path(path_of_place(place)).stem().string();
}

Filter filter_of_file(const std::string& place, int rank) {
  Tensor weights = load_array(place, DType::f64);
  while (weights.rank() > rank && weights.size(0) == 1) weights = Tensor::borrow(weights.squeeze(0), weights.owner());
  if (weights.rank() != rank || weights.numel() == 0)
    throw UsageError(fmt::format("--kernel {} has the extents [{}]; what it filters has {} axes", place,
                                 fmt::join(weights.sizes, ", "), rank));
  return {name_of_filter(place), {weights}};
}

}  // namespace faltung::cli

#include "run/filters.h"

#include <cmath>

namespace faltung::cli {
namespace {

std::vector<float> normalized(std::vector<float> weights) {
  double sum = 0;
  for (float weight : weights) sum += weight;
  for (float& weight : weights) weight = static_cast<float>(weight / sum);
  return weights;
}

Filter gaussian(const std::string& name, std::int64_t size, double sigma) {
  std::vector<float> weights;
  const double centre = static_cast<double>(size - 1) / 2;
  for (std::int64_t row = 0; row < size; ++row) {
    for (std::int64_t column = 0; column < size; ++column) {
      const double y = static_cast<double>(row) - centre, x = static_cast<double>(column) - centre;
      weights.push_back(static_cast<float>(std::exp(-(x * x + y * y) / (2 * sigma * sigma))));
    }
  }
  return {name, size, normalized(std::move(weights))};
}

// A camera that moves along the falling diagonal while the shutter is open.
Filter motion(std::int64_t size) {
  std::vector<float> weights(static_cast<std::size_t>(size * size), 0.0F);
  for (std::int64_t i = 0; i < size; ++i) weights[static_cast<std::size_t>(i * size + i)] = 1.0F;
  return {"motion", size, normalized(std::move(weights))};
}

Filter box(std::int64_t size) {
  return {"box", size, normalized(std::vector<float>(static_cast<std::size_t>(size * size), 1.0F))};
}

std::vector<Filter> make_filters() {
  return {
      {"identity", 1, {1}},
      gaussian("blur", 5, 1.2),
      gaussian("gaussian", 31, 6.0),
      box(9),
      motion(21),
      {"sharpen", 3, {0, -1, 0, -1, 5, -1, 0, -1, 0}},
      {"sobel-x", 3, {-.25F, 0, .25F, -.5F, 0, .5F, -.25F, 0, .25F}, 0.5F},
      {"sobel-y", 3, {-.25F, -.5F, -.25F, 0, 0, 0, .25F, .5F, .25F}, 0.5F},
      {"laplacian", 3, {.25F, .5F, .25F, .5F, -3, .5F, .25F, .5F, .25F}, 0.5F},
      {"emboss", 3, {-1, -.5F, 0, -.5F, 0, .5F, 0, .5F, 1}, 0.5F},
  };
}

}  // namespace

const std::vector<Filter>& filters() {
  static const std::vector<Filter> all = make_filters();
  return all;
}

}  // namespace faltung::cli

// The bank of filters that `faltung run` applies to pictures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faltung::cli {

// Weights row by row, as many rows as columns. Samples run from 0 to 1; `offset` is added to the result: one half shows
// what has a sign as lighter and darker than gray.
struct Filter {
  std::string name;
  std::int64_t size = 1;
  std::vector<float> weights;
  float offset = 0;
};

const std::vector<Filter>& filters();

}  // namespace faltung::cli

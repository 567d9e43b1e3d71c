// The filters that `faltung run` applies to pictures, sounds and arrays.
#pragma once

#include <string>
#include <vector>

#include "faltung/tensor.h"

namespace faltung::cli {

// `parts` is the whole filter, or its factors, one for each axis; in f64, of as many axes as are filtered. Samples of
// pictures run from 0 to 1; `offset` is added to the result: one half shows what has a sign as lighter and darker than
// gray.
struct Filter {
  std::string name;
  std::vector<Tensor> parts;
  double offset = 0;

  int rank() const noexcept { return parts.front().rank(); }
  Dims sizes() const;    // of the whole filter
  Tensor whole() const;  // the product of its parts
};

// The bank, for pictures.
const std::vector<Filter>& filters();

// exp(−x²/2σ²) from −radius to radius, divided by its sum; the radius is 4σ, rounded. One σ for all axes, or one for
// each; 0 leaves an axis as it is. Throws UsageError.
Filter gaussian_filter(const std::vector<double>& sigmas, int rank);

// The name of the next, made of the file's.
std::string name_of_filter(const std::string& place);

// An array file's; axes of extent 1 before the others do not count. Throws UsageError unless it has so many axes, and
// what load_array throws.
Filter filter_of_file(const std::string& place, int rank);

}  // namespace faltung::cli

#include "engines/cpu/onednn/errata.h"

#include <algorithm>
#include <array>

namespace faltung::cpu_onednn {
namespace {

struct Erratum {
  bool (*concerns)(const ConvProblem&);
  int first, last;  // versions
  std::string_view reason;
};
constexpr int no_end = 999999;

// Products of 16-bit numbers are added by twos; the other of the last one is a neighbour's, times zero.
bool sums_odd_channels(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const std::int64_t channels = p.pass == Pass::Forward ? g.in_channels : g.out_channels;
  return p.pass != Pass::WeightGrad && p.y.dtype != DType::f32 && channels % 2 != 0;
}

bool has_a_filter_deeper_than_x(const ConvProblem& p) {
  const Axis& depth = p.geometry.axes[0];
  return p.pass == Pass::WeightGrad && p.y.dtype != DType::f32 && p.geometry.rank == 3 &&
         (depth.filter - 1) * depth.dilation >= depth.in;
}

bool has_dilated_groups_of_odd_sizes(const ConvProblem& p) {
  const auto is_dilated = [](const Axis& axis) { return axis.dilation > 1 && axis.filter > 1; };
  const Geometry& g = p.geometry;
  return p.pass == Pass::WeightGrad && p.y.dtype != DType::f32 && g.groups > 1 && g.in_channels % 16 != 0 &&
         std::any_of(g.axes.begin(), g.axes.begin() + g.rank, is_dilated);
}

// Seen with 3.2; nothing is known of when they end.
constexpr std::array errata{
    Erratum{sums_odd_channels, 3000, no_end, "16-bit sums over an odd number of channels meet a neighbour's infinity"},
    Erratum{has_a_filter_deeper_than_x, 3000, no_end, "16-bit weight gradients are wrong if filters are deeper than x"},
    Erratum{has_dilated_groups_of_odd_sizes, 3000, no_end,
            "16-bit weight gradients of dilated filters are wrong if groups have no multiple of 16 channels"},
};

}  // namespace

std::string_view erratum_for(const ConvProblem& problem, int version) noexcept {
  for (const Erratum& erratum : errata)
    if (erratum.first <= version && version <= erratum.last && erratum.concerns(problem)) return erratum.reason;
  return {};
}

}  // namespace faltung::cpu_onednn

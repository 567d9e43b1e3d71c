#include "engines/cpu/onednn/errata.h"

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

// Seen with 3.2; nothing is known of when they end.
constexpr std::array errata{
    Erratum{sums_odd_channels, 3000, no_end, "16-bit sums over an odd number of channels meet a neighbour's infinity"},
    Erratum{has_a_filter_deeper_than_x, 3000, no_end, "16-bit weight gradients are wrong if filters are deeper than x"},
};

}  // namespace

std::string_view erratum_for(const ConvProblem& problem, int version) noexcept {
  for (const Erratum& erratum : errata)
    if (erratum.first <= version && version <= erratum.last && erratum.concerns(problem)) return erratum.reason;
  return {};
}

}  // namespace faltung::cpu_onednn

#include "engines/cpu/onednn/errata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/never_destroyed.h"
#include "faltung/error.h"

namespace faltung::cpu_onednn {
namespace {

struct BuiltIn {
  bool (*concerns)(const ConvProblem&);
  int first, last;  // versions
  std::string_view reason;
};
constexpr int no_end = 999999;

bool applies(const BuiltIn& known, const ConvProblem& problem, int version) {
  return known.first <= version && version <= known.last && known.concerns(problem);
}

bool has_16_bits(const ConvProblem& p) { return size_of(p.w.dtype) == 2; }

// Products of 16-bit numbers are added by twos; the other of the last one is a neighbour's, times zero.
bool sums_odd_channels(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const std::int64_t channels = p.pass == Pass::Forward ? g.in_channels : g.out_channels;
  return p.pass != Pass::WeightGrad && has_16_bits(p) && channels % 2 != 0;
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
constexpr std::array built_in{
    BuiltIn{sums_odd_channels, 3000, no_end, "16-bit sums over an odd number of channels meet a neighbour's infinity"},
    BuiltIn{has_a_filter_deeper_than_x, 3000, no_end, "16-bit weight gradients are wrong if filters are deeper than x"},
    BuiltIn{has_dilated_groups_of_odd_sizes, 3000, no_end,
            "16-bit weight gradients of dilated filters are wrong if groups have no multiple of 16 channels"},
};

// Of one implementation: those for AMX read eight channels or more at once, whatever follows.
bool sums_few_channels(const ConvProblem& p) {
  return p.pass == Pass::Forward && has_16_bits(p) && p.geometry.in_channels % 8 != 0;
}
constexpr BuiltIn on_amx{sums_few_channels, 3000, no_end,
                         "16-bit sums over a few channels meet a neighbour's infinity"};

}  // namespace

void check_way(std::string_view way) {
  const auto is_part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!way.empty() && std::all_of(way.begin(), way.end(), is_part)) return;
  throw Error(
      ErrorCode::InvalidArgument,
      fmt::format("'{}' is neither plain, reordered nor an implementation such as brg_conv_fwd", way.substr(0, 60)));
}

const std::vector<Erratum>& errata() {
  static const NeverDestroyed<std::vector<Erratum>> all(errata_of_environment("FALTUNG_ONEDNN_ERRATA", check_way));
  return *all;
}

std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, int version) {
  for (const BuiltIn& known : built_in)
    if (applies(known, problem, version)) return known.reason;
  return erratum_for(errata, problem, version, "*");
}

std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, int version,
                             std::string_view way) {
  const std::string_view name = way.substr(0, way.find(':')),
                         instructions = way.substr(std::min(name.size() + 1, way.size()));
  if (instructions.find("amx") != std::string_view::npos && applies(on_amx, problem, version)) return on_amx.reason;
  for (const Erratum& erratum : errata)
    if (erratum.way == name && erratum.concerns(problem, version)) return erratum.reason;
  return {};
}

}  // namespace faltung::cpu_onednn

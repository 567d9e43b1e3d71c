#include "engines/cuda/cudnn/choose/errata.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/never_destroyed.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {
namespace {

constexpr std::string_view built_in = R"(
f16 bf16 ncdhw : 9.8-9.14 : * : cuDNN 9.8 to 9.14 is wrong in contiguous 16-bit conv3d
dgrad uneven : 9.19- : 50 : takes the padding before the input for that behind it too
wgrad f16 bf16 : 9.0- : 17,k25=1 : rounds partial sums to 16 bits (seen with 9.19)
wgrad f16 bf16 : 9.0- : 47,k0>1 : rounds partial sums to 16 bits (seen with 9.19, where the reduction is split)
fwd f16 : 9.0- : 47 : gives 0 where the sum is -infinity (seen with 9.19)
fwd f16 bias none : 9.0- : 32 : gives 0 where the sum is -infinity (seen with 9.19)
fwd f16 bf16 tanh : 9.0- : 0 : gives 0 or NaN for large numbers (seen with 9.19)
fwd f16 tanh : 9.0- : 8 : gives NaN for finite numbers (seen with 9.19)
fwd f16 bf16 relu relu6 : 9.0- : 39 : makes NaN zero (seen with 9.19)
fwd f16 bf16 : 9.0- : 39,k25=2 : rounds partial sums to 16 bits (seen with 9.19 and bf16)
fwd f32 bias : 9.0- : 26 : adds 2^-10 to every sum (seen with 9.19 and 1 x 1 taps)
fwd f32 bias : 9.0- : 29 : adds 2^-10 to every sum (seen with 9.19 and 1 x 1 taps)
fwd dgrad grouped unaligned : 9.0- : 22 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
dgrad grouped unaligned : 9.0- : 40 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
dgrad grouped unaligned : 9.0- : 46 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
dgrad grouped unaligned : 9.0- : 56 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
wgrad grouped unaligned : 9.0- : 9 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
wgrad grouped unaligned : 9.0- : 23 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
wgrad grouped unaligned : 9.0- : 30 : writes behind the last weight (seen with 9.19, 36 channels, 9 groups)
fwd f32 grouped : 9.0- : 67 : reads what lies behind the last group's channels (seen with 9.19 and 4 of them)
dgrad f32 grouped : 9.0- : 71 : reads what lies behind the last group's channels (seen with 9.19 and 4 of them)
wgrad f16 : 9.0- : 61 : rounds partial sums to 16 bits (seen with 9.19 and as many groups as channels)
wgrad uneven : 9.19- : 17 : is off by up to a third where small whole numbers are added (seen with 5 x 5 taps)
)";

constexpr const char* variable = "FALTUNG_CUDNN_ERRATA";

KnobCondition condition_of(std::string_view text) {
  const std::size_t sign = text.find_first_of("=>");
  if (!text.starts_with('k') || sign == std::string_view::npos)
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("'{}' is no condition on a knob such as k2=5 or k0>1", text.substr(0, 60)));
  const Knob knob{errata_number(text.substr(1, sign - 1)), errata_number(text.substr(sign + 1))};
  return {.knob = knob, .above = text[sign] == '>'};
}

// An engine, or * for any, and conditions: `17,k15=2,k0>1`.
Way way_of(std::string_view text) {
  Way way;
  std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view engine = text.substr(0, comma);
  if (engine != "*") way.engine = errata_number(engine);
  while (comma < text.size()) {
    text.remove_prefix(comma + 1);
    comma = std::min(text.find(','), text.size());
    way.knobs.push_back(condition_of(text.substr(0, comma)));
  }
  return way;
}

std::vector<Erratum> with_ways(std::vector<faltung::Erratum> lines) {
  std::vector<Erratum> all;
  for (faltung::Erratum& line : lines) {
    Way way = way_of(line.way);
    all.push_back({std::move(line), std::move(way)});
  }
  return all;
}

std::vector<Erratum> read_all() {
  std::vector<Erratum> all = parse_errata(built_in);
  for (Erratum& erratum : with_ways(errata_of_environment(variable, way_of))) all.push_back(std::move(erratum));
  return all;
}

}  // namespace

bool KnobCondition::holds(const ConfigKey& config) const {
  return std::any_of(config.knobs.begin(), config.knobs.end(), [this](const Knob& set) {
    return set.type == knob.type && (above ? set.value > knob.value : set.value == knob.value);
  });
}

bool Erratum::concerns(const ConvProblem& problem, std::size_t cudnn_version) const {
  const auto version = static_cast<std::int64_t>(cudnn_version);
  return line.concerns(problem, version_number(version / 10000, version / 100 % 100));
}

bool Erratum::concerns(const ConfigKey& config) const {
  if (way.engine && *way.engine != config.engine) return false;
  return std::all_of(way.knobs.begin(), way.knobs.end(), [&](const auto& each) { return each.holds(config); });
}

std::vector<Erratum> parse_errata(std::string_view text) { return with_ways(faltung::parse_errata(text, way_of)); }

std::vector<Erratum> errata_of_file(const std::string& path) {
  return with_ways(faltung::errata_of_file(variable, path, way_of));
}

const std::vector<Erratum>& errata() {
  static const NeverDestroyed<std::vector<Erratum>> all(read_all());
  return *all;
}

std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem,
                             std::size_t cudnn_version) {
  for (const Erratum& erratum : errata)
    if (erratum.concerns_every_config() && erratum.concerns(problem, cudnn_version)) return erratum.line.reason;
  return {};
}

std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, std::size_t cudnn_version,
                             const ConfigKey& config) {
  for (const Erratum& erratum : errata)
    if (!erratum.concerns_every_config() && erratum.concerns(config) && erratum.concerns(problem, cudnn_version))
      return erratum.line.reason;
  return {};
}

}  // namespace faltung::cuda_cudnn

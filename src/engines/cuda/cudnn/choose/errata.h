// Known wrong results of cuDNN, as data: lines of plan/errata/errata.h whose way is an engine of cuDNN, by its number,
// or * for all, and conditions on its knobs, if these must be so: `17,k15=2,k0>1`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cuda/cudnn/choose/config_name.h"
#include "plan/errata/errata.h"

namespace faltung::cuda_cudnn {

struct KnobCondition {
  Knob knob;
  bool above = false;  // a greater value, else just this one
  bool holds(const ConfigKey& config) const;
};

struct Way {
  std::optional<std::int64_t> engine;  // nothing: all engines
  std::vector<KnobCondition> knobs;    // that a configuration must meet
};

struct Erratum {
  faltung::Erratum line;
  Way way;

  bool concerns(const ConvProblem& problem, std::size_t cudnn_version) const;
  bool concerns_every_config() const noexcept { return line.concerns_every_way(); }
  bool concerns(const ConfigKey& config) const;
};

// Throws InvalidArgument with the line number.
std::vector<Erratum> parse_errata(std::string_view text);

// What faltung::errata_of_file() reads, of FALTUNG_CUDNN_ERRATA.
std::vector<Erratum> errata_of_file(const std::string& path);

// The built-in lines and those of the file named by FALTUNG_CUDNN_ERRATA. Read once; valid until the program ends.
const std::vector<Erratum>& errata();

// Reason why cuDNN, or that configuration of it, must not solve the problem; empty if it may.
std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, std::size_t cudnn_version);
std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, std::size_t cudnn_version,
                             const ConfigKey& config);

}  // namespace faltung::cuda_cudnn

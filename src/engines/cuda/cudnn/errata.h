// Known wrong results of cuDNN, as data:
//
//     f16 bf16 ncdhw : 9.8-9.14 : * : what is wrong
//
// A line names the problems, the versions, the cuDNN engine (its number, or * for all; `17,k15=2,k0>1` if
// its knobs must be so) and the reason. Problems are named by words: passes (fwd dgrad wgrad), types (f32 …), layouts
// (nchw nhwc …) and activations (none relu …), of each of which one must match, and properties that must all hold:
// strided dilated grouped uneven (padding) unaligned (channels of all groups, no multiple of 8) bias deterministic. `*`
// alone: every problem. Versions: 9.8-9.14 (inclusive), 9.8- or 9.8. `#`
// starts a comment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cuda/cudnn/config_name.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct KnobCondition {
  Knob knob;
  bool above = false;  // a greater value, else just this one
  bool holds(const ConfigKey& config) const;
};

struct Erratum {
  std::vector<std::string> words;
  std::int64_t first = 0, last = 0;    // versions as major · 1000 + minor
  std::optional<std::int64_t> engine;  // nothing: all engines
  std::vector<KnobCondition> knobs;    // that a configuration must meet
  std::string reason;

  bool concerns(const ConvProblem& problem, std::size_t cudnn_version) const;
  bool concerns_every_config() const noexcept { return !engine && knobs.empty(); }
  bool concerns(const ConfigKey& config) const;
};

// Throws InvalidArgument with the line number.
std::vector<Erratum> parse_errata(std::string_view text);

// The lines of a file of at most 1 MiB. A file that cannot be read or parsed becomes a single erratum that refuses
// every problem, since its intent is unknown.
std::vector<Erratum> errata_of_file(const std::string& path);

// The built-in lines and those of the file named by FALTUNG_CUDNN_ERRATA. Read once; valid until the program ends.
const std::vector<Erratum>& errata();

// Reason why cuDNN, or that configuration of it, must not solve the problem; empty if it may.
std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, std::size_t cudnn_version);
std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, std::size_t cudnn_version,
                             const ConfigKey& config);

}  // namespace faltung::cuda_cudnn

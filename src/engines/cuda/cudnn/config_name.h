// A name for each way in which cuDNN would do a problem: "e62:k2=5,k13=1" is its engine 62 with the settings ("knobs")
// 2 and 13. It says all that is needed to make the same configuration again, without asking the heuristics. Needs no
// cuDNN.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faltung::cuda_cudnn {

struct Knob {
  std::int64_t type = 0, value = 0;
  bool operator==(const Knob&) const = default;
};

struct ConfigKey {
  std::int64_t engine = 0;
  std::vector<Knob> knobs;  // none: cuDNN's defaults
  bool operator==(const ConfigKey&) const = default;
};

// Knobs by type, in whatever order they were given.
std::string config_name(ConfigKey key);

// Nothing if no configuration has that name. Names come from files, too.
std::optional<ConfigKey> parse_config_name(std::string_view name);

}  // namespace faltung::cuda_cudnn

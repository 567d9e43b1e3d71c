// Names for cuDNN's engine configurations: "e62:k2=5,k13=1" is engine 62 with knobs 2 and 13 set. A name suffices to
// make the same configuration again without the heuristics. Needs no cuDNN.
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
  std::vector<Knob> knobs;  // empty: cuDNN's defaults
  bool operator==(const ConfigKey&) const = default;
};

// Knobs are sorted by type.
std::string config_name(ConfigKey key);

// Nothing if the name is malformed; names also come from files.
std::optional<ConfigKey> parse_config_name(std::string_view name);

}  // namespace faltung::cuda_cudnn

// A call as a line of Python: F.conv2d(z(1,3,8,8), z(4,3,3,3), stride=(2,1), padding='same').
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/faltung.h"

namespace faltung::check {

// z(1,3,8,8,dtype=torch.float64): zeros, f32 if no type is named.
struct ZerosText {
  Dims sizes;
  DType dtype = DType::f32;
};

struct ValueText {
  std::optional<ZerosText> tensor;
  std::optional<std::string> text;
  std::vector<std::int64_t> numbers;  // one, or those of a tuple
};

struct CallText {
  std::string function;
  std::vector<ValueText> positional;
  std::map<std::string, ValueText> named;
};

// InvalidArgument, with the position, for what is no such line.
CallText parse_call(std::string_view line);

}  // namespace faltung::check

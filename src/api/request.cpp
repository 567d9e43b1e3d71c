#include "api/request.h"

#include <fmt/ranges.h>

namespace faltung {
namespace {

std::string to_text(const PerAxis& values) {
  return values.size() == 1 ? std::to_string(values[0]) : faltung::to_text(values.values());
}

std::string to_text(const Padding& padding) {
  if (padding.mode() != PaddingMode::amounts) return std::string(name_of(padding.mode()));
  std::string text;
  for (int a = 0; a < padding.size(); ++a)
    text += padding.symmetric() ? fmt::format("{}{}", a ? "," : "", padding.low(a))
                                : fmt::format("{}({},{})", a ? "," : "", padding.low(a), padding.high(a));
  return padding.size() == 1 ? text : "[" + text + "]";
}

}  // namespace

std::string to_text(const Dims& extents) { return fmt::format("[{}]", fmt::join(extents.begin(), extents.end(), ",")); }

void Request::refuse(const std::string& fact) const {
  std::string text = fmt::format("{}: {} | input {} weight {} stride {} padding {} dilation {} groups {}", function,
                                 fact, to_text(input.sizes), to_text(weight.sizes), to_text(options.stride),
                                 to_text(options.padding), to_text(options.dilation), options.groups);
  if (options.padding_mode != Border::zeros) text += fmt::format(" padding_mode {}", name_of(options.padding_mode));
  if (transposed) text += " output_padding " + to_text(options.output_padding) + " transposed";
  throw Error(ErrorCode::InvalidArgument, text);
}

}  // namespace faltung

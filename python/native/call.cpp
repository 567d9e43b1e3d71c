#include "call.h"

#include "parameters.h"
#include "settings.h"

namespace faltung::python {

ConvOptions options_from(const Words& words, void* stream) {
  ConvOptions options;
  options.stride = per_axis_from(words.stride, "stride");
  options.padding = padding_from(words.padding);
  options.dilation = per_axis_from(words.dilation, "dilation");
  options.groups = integer_from(words.groups, "groups");
  if (words.output_padding.is_valid()) options.output_padding = per_axis_from(words.output_padding, "output_padding");
  options.transposed = words.transposed;
  if (words.padding_mode.is_valid()) options.padding_mode = border_from(words.padding_mode);
  if (!words.policy.is_none()) options.policy = policy_from(words.policy);
  if (!words.numerics.is_none()) options.numerics = numerics_from(words.numerics);
  options.stream = stream;
  return options;
}

}  // namespace faltung::python

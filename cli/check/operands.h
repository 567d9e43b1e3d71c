// Functions by name, operands on a device.
#pragma once

#include <string>

#include "check/conformance_file.h"

namespace faltung::check {

// "conv2d", "conv_transpose1d", …; InvalidArgument for another name.
struct Function {
  Tensor (*call)(const TensorView& input, const TensorView& weight, const TensorView& bias, const ConvOptions& options,
                 Context& context);
  bool transposed = false;
};
Function function_named(const std::string& name);

Tensor on_device(const TensorView& tensor, Device device);
Policy policy_of(const Options& options);

}  // namespace faltung::check

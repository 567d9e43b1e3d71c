// --device and --engine: where a command works, and with what.
#pragma once

#include <string>
#include <vector>

#include "faltung/context.h"
#include "faltung/tensor.h"

namespace faltung::cli {

struct EngineOptions {
  std::string device = "cpu";  // or "cuda", "cuda:N"
  Policy policy;
};

// The device's context. Throws UsageError for what is no device and, with the names there are, for an engine of the
// policy's that is not there; Unsupported for a device that is not there.
Context open_context(const EngineOptions& options);

// The engines that can work there, in the order in which they are asked.
std::vector<std::string> available_engines(const Context& context);

// A tensor of the host on that device, and one of any device on the host; itself where it is there already.
Tensor on_device(const Tensor& tensor, Device device);
Tensor on_host(const Tensor& tensor);

}  // namespace faltung::cli

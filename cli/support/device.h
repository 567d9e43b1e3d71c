// --device and --engine: the device a command works on, and the engines it uses.
#pragma once

#include <string>
#include <vector>

#include "faltung/context.h"
#include "faltung/tensor.h"

namespace faltung::cli {

struct EngineOptions {
  std::string device = "cpu";  // or "cuda", "cuda:N", "hip", "hip:N"
  Policy policy;
  std::string tuning;                  // a file of records; empty: none
  std::vector<std::string> libraries;  // shared objects with engines
};

// The device's context. Throws UsageError for an invalid device, and for an engine of the policy that does not exist
// (with the names that do); Unsupported for a device that is not present; what Context::load_tuning throws.
Context open_context(const EngineOptions& options);

// The engines that can work there, in the order in which they are asked.
std::vector<std::string> available_engines(const Context& context);

// A host tensor copied to that device, and a tensor of any device copied to the host; the tensor itself if it is there
// already.
Tensor on_device(const Tensor& tensor, Device device);
Tensor on_host(const Tensor& tensor);

}  // namespace faltung::cli

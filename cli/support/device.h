// --device: the context that a command works with.
#pragma once

#include "faltung/context.h"
#include "faltung/tensor.h"
#include "support/command_line.h"

namespace faltung::cli {

void add_device_option(App& app);  // --device
// That of --device; the CPU's without it. Throws UsageError for what is no device, Unsupported for one that is not
// there.
Context& context();

// A tensor of the host where the context works, and one of the context's on the host: itself on the CPU.
Tensor on_device(const Tensor& tensor);
Tensor on_host(const Tensor& tensor);

}  // namespace faltung::cli

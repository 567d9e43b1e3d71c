// faltung bench --host: what a call costs beside its kernel.
#pragma once

#include "faltung/context.h"

namespace faltung::cli {

// On one thread unless the policy says otherwise.
int bench_host(Policy policy, bool json, Context& context);
int bench_host_gpu(const Policy& policy, bool json, Context& context);

}  // namespace faltung::cli

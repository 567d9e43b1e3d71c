// faltung bench --host: what a call costs beside its kernel.
#pragma once

#include "faltung/context.h"

namespace faltung::cli {

int bench_host(const Policy& policy, bool json);

}  // namespace faltung::cli

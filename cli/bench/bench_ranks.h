// faltung bench --ranks: a problem divided among threads, or GPUs, of this machine.
#pragma once

#include "bench_work.h"

namespace faltung::cli {

int bench_ranks(const BenchOptions& options);

}  // namespace faltung::cli

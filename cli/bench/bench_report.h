// How measurements are shown.
#pragma once

#include <vector>

#include "bench_work.h"

namespace faltung::cli {

void print_json(const Measurement& measurement);  // one line
void print_table(const std::vector<Measurement>& measurements, bool all_engines);

}  // namespace faltung::cli

// All that needs CUDA is a library of its own, which a program is linked with or not (`faltung::cuda`). The rest of the
// library calls it through this table: all of it is there or nothing.
#pragma once

#include <string_view>

#include "device/backend.h"

namespace faltung {

class Engine;

namespace cuda {

struct Part {
  const Backend& (*backend)();
  const Engine* (*engine)(std::string_view name);  // null for one that was not built
};

// Null in a program without.
const Part* linked_part() noexcept;

// Behind the table, in the part.
const Backend& backend_of_part();

inline constexpr KindNames kind_names{
    .name = "cuda", .title = "CUDA", .device = "a CUDA device", .runtime = "linked", .timing = "graph-replays"};

}  // namespace cuda
}  // namespace faltung

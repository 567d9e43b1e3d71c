#include "faltung/dims.h"

#include <fmt/format.h>

namespace faltung {

void Dims::refuse_index(int index, int count) {
  throw Error(ErrorCode::InvalidArgument, fmt::format("there is no axis {}: the axes are 0 to {}", index, count - 1));
}

void Dims::refuse_more() { throw Error(ErrorCode::InvalidArgument, "a tensor has at most 8 dimensions"); }

}  // namespace faltung

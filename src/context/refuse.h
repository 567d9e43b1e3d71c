// How arguments are refused: the fact first, the problem last.
#pragma once

#include <fmt/format.h>

#include "faltung/problem.h"

namespace faltung {

[[noreturn]] inline void refuse(const ConvProblem& problem, std::string_view fact) {
  throw Error(ErrorCode::InvalidArgument, fmt::format("{}; problem: {}", fact, print(problem)));
}

}  // namespace faltung

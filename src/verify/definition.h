// The sum that defines a problem, over any numbers: in f64 (integers: i64, complex numbers: cf64), by `reference`.
#pragma once

#include <complex>
#include <functional>
#include <vector>

#include "faltung/problem.h"

namespace faltung {

// Without epilogue; dense, in the order of for_each_index over the written operand.
std::vector<std::complex<double>> sum_as_defined(
    const ConvProblem& problem, const std::function<std::complex<double>(Role, const Dims& index)>& value);

// The sum if every number read were 1: zero where no data can make it anything else.
bool is_always_zero(const ConvProblem& problem);

}  // namespace faltung

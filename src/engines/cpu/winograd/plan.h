#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engines/cpu/winograd/cut.h"
#include "faltung/engine.h"

namespace faltung::cpu_winograd {

// "F4xF2"; "F4" where one axis only is transformed.
std::string name_of(const TileSize& size);

// How much larger errors are than those of sums.
double growth_of(const TileSize& size);

// Those of the axes that can be transformed, the fastest first. What is first depends on neither threads nor, if that
// is asked for, the batch: results do.
std::vector<TileSize> sizes_of(const ConvProblem& problem, const DeviceInfo& device);

// Of all passes, with a stride of 1.
std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device, TileSize size);

std::shared_ptr<Plan> make_gradient_plan(const ConvProblem& problem, const DeviceInfo& device, TileSize size);

}  // namespace faltung::cpu_winograd

#pragma once

#include <memory>
#include <string>

#include "faltung/engine.h"

namespace faltung::cpu_window {

// Forward and DataGrad: sums over taps. T: the type of the sums, float or double. Throws Unsupported where a tile would
// not fit into scratch.
std::shared_ptr<Plan> make_sum_plan(const ConvProblem& problem, const DeviceInfo& device);

// WeightGrad: sums over positions.
std::shared_ptr<Plan> make_tap_plan(const ConvProblem& problem, const DeviceInfo& device);

// The same with channels on the lanes, for problems with channel kernels.
template <class T>
std::shared_ptr<Plan> make_channel_sum_plan(const ConvProblem& problem, const DeviceInfo& device);
template <class T>
std::shared_ptr<Plan> make_channel_tap_plan(const ConvProblem& problem, const DeviceInfo& device);

// The same with columns on the lanes, for problems with plane kernels.
template <class T>
std::shared_ptr<Plan> make_plane_sum_plan(const ConvProblem& problem, const DeviceInfo& device);
template <class T>
std::shared_ptr<Plan> make_plane_tap_plan(const ConvProblem& problem, const DeviceInfo& device);

}  // namespace faltung::cpu_window

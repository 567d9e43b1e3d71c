// What a tuning record is for and where it holds, as planning sees it.
#pragma once

#include <string>

#include "faltung/context.h"
#include "faltung/tuning.h"
#include "plan/registry.h"

namespace faltung {

// Threads as the device has them: a policy that says "all" and one that says how many those are mean the same.
TuningKey tuning_key(const ConvProblem& problem, const Policy& policy, const DeviceInfo& device);

// The key without restrictions. The fastest of all, where it is allowed, is the fastest of those allowed.
TuningKey unrestricted(TuningKey key);

// The device, the instruction set or the multiprocessors, driver and libraries of the engines, and how is measured. How
// many cores a machine has is not in it: the threads in each key are what counts.
std::string tuning_environment(const EngineList& engines, const DeviceInfo& device);

// Why a record of that engine is not taken, as far as the list of engines knows; empty: nothing is against it.
std::string record_fault(const TuningRecord& record, const EngineList& engines);

}  // namespace faltung

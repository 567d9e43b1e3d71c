// Engines on devices, as test parameters.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "faltung/context.h"
#include "plan/registry.h"

namespace faltung::test {

struct EngineOnDevice {
  Registration engine;
  Device device;
};

// Every engine on the CPU and on each GPU, where it is made for them. One GPU is named even where there is none, so
// that the tests of it are skipped with the reason.
std::vector<EngineOnDevice> engines_on_devices();
std::vector<Device> devices();

// Why nothing can be run there; empty if it can.
std::string unavailable(const EngineOnDevice& engine);
std::string unavailable(Device device);

Context& context_on(Device device);

std::string text_of(Device device);  // "cpu", "cuda:0"
// "cpu_gemm_cpu": letters, digits and underscores only.
std::string engine_test_name(const testing::TestParamInfo<EngineOnDevice>& info);
std::string device_test_name(Device device);
void PrintTo(const EngineOnDevice& engine, std::ostream* out);

}  // namespace faltung::test

// A problem ready to run: the contraction of each phase, how it is cut, and the kernels it takes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cpu/gemm/product.h"
#include "faltung/engine.h"

namespace faltung::cpu_gemm {

// How a plan saves workspace. Results are the same, bit for bit.
struct Thrift {
  int tiles = 1;    // tiles have as many times less of the cache
  int threads = 1;  // as many times fewer threads
};

// "tiles/4", "tiles/8,threads/2"; empty for the one that saves nothing.
std::string name_of(const Thrift& thrift);
std::optional<Thrift> thrift_named(std::string_view name);

// It promises its estimated time.
std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device, const Thrift& thrift = {});

// Of words that hold integers: x and w are i32 in the problem, an element stands for a word. y and the epilogue are
// those of a quantised problem, whose bias is for sums of the integers as they are.
std::shared_ptr<Plan> make_plan_of(Words words, const ConvProblem& problem, const DeviceInfo& device,
                                   const Thrift& thrift);

// From the fastest to the one that needs the least workspace, each with clearly less than the one before.
std::vector<Thrift> thrifts_of(const ConvProblem& problem, const DeviceInfo& device);

}  // namespace faltung::cpu_gemm

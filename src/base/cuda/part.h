// The GPU engines, and the memory, sums and clocks of GPUs, are a library of their own, which a program is linked with
// or not
// (`faltung::cuda`). Everything else calls it through this table: all of it is there or nothing.
#pragma once

#include <string_view>

namespace faltung {

class Engine;

namespace cuda {

// Each layer's calls, in its own calls.h.
struct DeviceCalls;
struct MemoryCalls;
struct ComposeCalls;
struct TimingCalls;

struct Part {
  const DeviceCalls* devices;
  const MemoryCalls* memory;
  const ComposeCalls* compose;
  const TimingCalls* timing;
  const Engine* (*engine)(std::string_view name);  // null for one that was not built
};

// Null in a program without.
const Part* linked_part() noexcept;

// Throws Unsupported with the reason.
const Part& part();

}  // namespace cuda
}  // namespace faltung

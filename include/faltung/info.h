// This build, and the machine it runs on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

struct BuildInfo {
  std::string version;   // of the library
  std::string compiler;  // "gcc 12.2.0"
  std::string mode;      // "optimised" or "with assertions"
};

// What a kind of unit does at most with a type: FLOP/s, a multiply-add being two.
struct CeilingReport {
  std::string unit;  // "vector", "matrix" (AMX, tensor cores)
  std::string type;  // "f32", "bf16", …, "tf32"
  double flops = 0;
};

struct DeviceReport {
  Device device;
  std::string name;                   // as the processor calls itself
  std::vector<std::string> features;  // those allowed: "avx2", "avx512f", …, "sm_90"
  double hertz = 0;                   // of a core or a multiprocessor
  std::vector<CeilingReport> ceilings;
  double bytes_per_second = 0;  // of main memory, as a copy reaches it
  std::size_t l2_bytes = 0;     // a core's; a GPU's whole
  // Of a CPU; 0 of a GPU.
  int threads = 0;       // that a plan may use
  int vector_bytes = 0;  // of the widest registers in use
  std::string isa;       // the instruction set of the kernels: "avx512", "avx2", "sse4", "baseline"
  std::string max_isa;   // the limit that FALTUNG_MAX_ISA sets; empty: none
  std::size_t l1_bytes = 0, l3_bytes = 0;
  // Of a GPU; 0 of a CPU.
  int sm_count = 0;                                         // multiprocessors
  std::size_t sm_shared_bytes = 0, block_shared_bytes = 0;  // shared memory of one; the most of a block
};

// A library that engines use. `state` says how it is bound, or why it is not.
struct LibraryReport {
  std::string name, version, state;
};

struct Info {
  BuildInfo build;
  std::vector<DeviceReport> devices;
  std::vector<LibraryReport> libraries;
};

Info info();

}  // namespace faltung
#pragma GCC visibility pop

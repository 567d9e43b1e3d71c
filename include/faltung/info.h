// This build, and the machine it runs on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "faltung/tensor.h"

namespace faltung {

struct BuildInfo {
  std::string version;   // of the library
  std::string compiler;  // "gcc 12.2.0"
  std::string mode;      // "optimised" or "with assertions"
};

struct DeviceReport {
  Device device;
  std::string name;                   // as the processor calls itself
  int threads = 1;                    // that a plan may use
  int vector_bytes = 0;               // of the widest registers in use
  std::vector<std::string> features;  // "avx2", "avx512f", …
  std::size_t l1_bytes = 0, l2_bytes = 0, l3_bytes = 0;
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

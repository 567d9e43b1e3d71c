// XNNPACK's functions, from the library that FALTUNG_XNNPACK names, opened on first use. Nothing links against it and
// no header of it is needed: what is declared are facts of its C interface of 2022, which Debian 12 has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace faltung::cpu_xnnpack {

enum class Status : int { success = 0, unsupported_parameter = 4, unsupported_hardware = 5, out_of_memory = 6 };
using Operator = void*;

// Nothing but functions, in the order of their names in library.cpp.
struct Functions {
  Status (*initialize)(const void* allocator);
  Status (*create)(std::uint32_t pad_top, std::uint32_t pad_right, std::uint32_t pad_bottom, std::uint32_t pad_left,
                   std::uint32_t filter_height, std::uint32_t filter_width, std::uint32_t stride_height,
                   std::uint32_t stride_width, std::uint32_t dilation_height, std::uint32_t dilation_width,
                   std::uint32_t groups, std::size_t group_in_channels, std::size_t group_out_channels,
                   std::size_t in_stride, std::size_t out_stride, const float* w, const float* bias, float least,
                   float most, std::uint32_t flags, Operator* made);
  Status (*setup)(Operator, std::size_t batch, std::size_t height, std::size_t width, const float* x, float* y,
                  void* threads);
  Status (*run)(Operator, void* threads);
  Status (*destroy)(Operator);
};

struct Opened {
  Functions functions{};
  std::string where, missing;
};

// Opened once, never closed. `missing`: why it cannot be used; empty if it can.
const Opened& opened();
inline const Functions& xnnpack() { return opened().functions; }

// Throws OutOfMemory, Unsupported or EngineFailure with `what` (the failed action).
void check(Status status, const char* what);

}  // namespace faltung::cpu_xnnpack

// The functions that may end an epilogue.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
namespace faltung {

enum class Activation : std::uint8_t { none, relu, relu6, sigmoid, tanh, silu, gelu };

}  // namespace faltung
#pragma GCC visibility pop

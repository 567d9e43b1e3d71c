// Forward and DataGrad with a stride of 1 as one correlation: written[q] = Σ source[q − pad + t · dilation] · w[t].
//
//     pass        source   written   taps
//     Forward     x        y         as they lie
//     DataGrad    y        x         from the last to the first
#pragma once

#include <array>
#include <cstdint>

#include "faltung/problem.h"

namespace faltung {

// Strides are in elements.
struct CorrelationAxis {
  std::int64_t count = 1, extent = 1;  // of the written operand and of the source, beyond whose ends are zeros
  std::int64_t taps = 1, dilation = 1, pad = 0;
  std::int64_t source_stride = 0, written_stride = 0, tap_stride = 0;
};

struct Correlation {
  Role source = Role::x, written = Role::y;
  std::int64_t source_channels = 1, written_channels = 1;        // of a group
  std::int64_t source_channel = 0, written_channel = 0;          // strides along the channels
  std::int64_t tap_source_channel = 0, tap_written_channel = 0;  // of w along these
  bool flipped = false;                                          // the taps
  std::array<CorrelationAxis, 3> axes;                           // outermost first; missing ones lead
};

// The axes have a stride of 1.
Correlation correlation_of(const ConvProblem& problem);

}  // namespace faltung

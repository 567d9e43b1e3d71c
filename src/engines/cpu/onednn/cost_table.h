// What tools/fit_onednn made of oneDNN 3.2's times for problems/models in f32, batch 1, one thread of a Zen 5: a row
// for each layout and kind of work, a column for each pass.
#pragma once

#include <array>

namespace faltung::cpu_onednn {

enum class Layout { first, first_reordered, last };  // of x and y
enum class Work { dense, pointwise, depthwise, few_channels };

struct Rates {
  double efficiency;             // share of the ceiling that full vectors reach, as it fits best
  double cycles_of_weight_byte;  // of one thread
  double cycles_of_image_byte;
};

using CostTable = std::array<std::array<std::array<Rates, 3>, 4>, 3>;

// clang-format off
constexpr CostTable avx512{{
    {{  // first
        {{{0.66, 0.10, 0.30}, {0.60, 0.08, 0.42}, {0.64, 0.12, 0.38}}},  // dense
        {{{1.23, 0.25, 0.07}, {1.12, 0.27, 0.05}, {0.87, 0.00, 0.05}}},  // pointwise
        {{{0.09, 2.35, 1.28}, {0.09, 2.33, 1.62}, {0.09, 2.20, 1.44}}},  // depthwise
        {{{0.53, 0.37, 0.15}, {2.50, 0.46, 0.17}, {0.41, 0.52, 0.30}}},  // few_channels
    }},
    {{  // first, reordered
        {{{0.78, 0.35, 0.29}, {0.69, 0.33, 0.03}, {0.66, 0.42, 0.19}}},  // dense
        {{{0.93, 0.39, 0.30}, {1.24, 0.19, 0.22}, {1.15, 0.16, 0.17}}},  // pointwise
        {{{0.45, 0.29, 0.30}, {0.74, 0.58, 0.12}, {0.16, 1.24, 0.00}}},  // depthwise
        {{{0.88, 0.43, 0.22}, {0.72, 0.49, 0.27}, {0.82, 0.17, 0.18}}},  // few_channels
    }},
    {{  // last
        {{{0.91, 0.34, 0.01}, {0.90, 0.17, 0.00}, {0.81, 0.50, 0.47}}},  // dense
        {{{1.07, 0.40, 0.03}, {1.10, 0.13, 0.04}, {0.97, 0.11, 0.04}}},  // pointwise
        {{{0.45, 0.16, 0.01}, {0.48, 0.77, 0.01}, {0.36, 0.45, 0.00}}},  // depthwise
        {{{0.96, 0.38, 0.04}, {0.83, 0.51, 0.07}, {0.78, 0.29, 0.03}}},  // few_channels
    }},
}};

constexpr CostTable avx2{{
    {{  // first
        {{{0.66, 0.08, 0.18}, {0.58, 0.05, 0.17}, {0.67, 0.21, 0.04}}},  // dense
        {{{1.16, 0.27, 0.11}, {0.97, 0.28, 0.06}, {0.97, 0.01, 0.05}}},  // pointwise
        {{{0.08, 1.86, 0.90}, {0.08, 1.81, 1.24}, {0.08, 1.72, 1.07}}},  // depthwise
        {{{0.64, 0.52, 0.22}, {1.92, 0.58, 0.28}, {0.67, 0.43, 0.21}}},  // few_channels
    }},
    {{  // first, reordered
        {{{0.91, 0.51, 0.31}, {0.86, 0.49, 0.20}, {0.70, 0.36, 0.10}}},  // dense
        {{{1.03, 0.28, 0.32}, {1.16, 0.23, 0.24}, {1.14, 0.19, 0.22}}},  // pointwise
        {{{0.50, 0.42, 0.28}, {0.81, 1.45, 0.19}, {0.23, 1.47, 0.00}}},  // depthwise
        {{{0.84, 0.39, 0.13}, {0.71, 0.51, 0.19}, {0.75, 0.40, 0.12}}},  // few_channels
    }},
    {{  // last
        {{{0.89, 0.40, 0.00}, {0.86, 0.20, 0.00}, {0.53, 0.31, 0.45}}},  // dense
        {{{1.04, 0.28, 0.04}, {1.04, 0.22, 0.05}, {0.92, 0.06, 0.04}}},  // pointwise
        {{{0.51, 0.38, 0.01}, {0.61, 0.69, 0.01}, {0.42, 0.79, 0.00}}},  // depthwise
        {{{0.89, 0.43, 0.00}, {0.77, 0.52, 0.09}, {0.80, 0.37, 0.35}}},  // few_channels
    }},
}};
// clang-format on

}  // namespace faltung::cpu_onednn

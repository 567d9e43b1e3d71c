// The words of the text form, shared by the printer and the parser.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "faltung/problem.h"

namespace faltung {

inline constexpr std::array<std::pair<std::string_view, Pass>, 6> pass_names{{
    {"fwd", Pass::Forward},
    {"dgrad", Pass::DataGrad},
    {"wgrad", Pass::WeightGrad},
    {"forward", Pass::Forward},
    {"data_grad", Pass::DataGrad},
    {"weight_grad", Pass::WeightGrad},
}};

inline constexpr std::array<std::pair<std::string_view, Activation>, 6> activation_names{{
    {"relu", Activation::relu},
    {"relu6", Activation::relu6},
    {"sigmoid", Activation::sigmoid},
    {"tanh", Activation::tanh},
    {"silu", Activation::silu},
    {"gelu", Activation::gelu},
}};

// The names that are printed come first.
inline constexpr std::array<std::pair<std::string_view, Border>, 9> border_names{{
    {"zeros", Border::zeros},
    {"reflect", Border::reflect},
    {"replicate", Border::replicate},
    {"circular", Border::circular},
    {"symmetric", Border::symmetric},
    {"mirror", Border::reflect},
    {"nearest", Border::replicate},
    {"wrap", Border::circular},
    {"grid-mirror", Border::symmetric},
}};

// "ncw" "nchw" "ncdhw" and "nwc" "nhwc" "ndhwc", by rank − 1.
inline constexpr std::array<std::string_view, 3> contiguous_names{"ncw", "nchw", "ncdhw"};
inline constexpr std::array<std::string_view, 3> channels_last_names{"nwc", "nhwc", "ndhwc"};

}  // namespace faltung

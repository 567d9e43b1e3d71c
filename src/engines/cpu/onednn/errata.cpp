#include "engines/cpu/onednn/errata.h"

#include <array>

namespace faltung::cpu_onednn {
namespace {

struct Erratum {
  bool (*concerns)(const ConvProblem&);
  int first, last;  // versions
  std::string_view reason;
};
constexpr int no_end = 999999;

bool clamps(const ConvProblem& p) {
  return p.epilogue.activation == Activation::relu || p.epilogue.activation == Activation::relu6;
}
bool ends_in_sigmoid(const ConvProblem& p) { return p.epilogue.activation == Activation::sigmoid; }
bool ends_in_gelu(const ConvProblem& p) { return p.epilogue.activation == Activation::gelu; }

bool is_bf16_depthwise_gradient(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  return p.pass == Pass::DataGrad && p.y.dtype == DType::bf16 && g.in_channels == 1 && g.out_channels == 1;
}

// All but that of clamping were seen with 3.2; nothing is known of when they end.
constexpr std::array errata{
    Erratum{clamps, 3000, no_end, "makes NaN zero, or the minus infinity of a relu NaN"},
    Erratum{ends_in_sigmoid, 3000, no_end, "sigmoid makes NaN zero"},
    Erratum{ends_in_gelu, 3000, no_end, "gelu is off by 1 in 10000, and NaN for infinity"},
    Erratum{is_bf16_depthwise_gradient, 3000, no_end, "makes NaN of an infinity beside a zero (bf16, depthwise)"},
};

}  // namespace

std::string_view erratum_for(const ConvProblem& problem, int version) noexcept {
  for (const Erratum& erratum : errata)
    if (erratum.first <= version && version <= erratum.last && erratum.concerns(problem)) return erratum.reason;
  return {};
}

}  // namespace faltung::cpu_onednn

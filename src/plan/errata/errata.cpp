#include "plan/errata/errata.h"

#include <algorithm>
#include <array>

#include "plan/errata/words.h"
#include "problem/nested_shape.h"

namespace faltung {
namespace {

std::string_view layout_word(const ConvProblem& p) {
  const auto at = static_cast<std::size_t>(p.geometry.rank - 1);
  return order_of(p) == MemoryFormat::channels_last ? channels_last_names[at] : contiguous_names[at];
}

// No padding that is the same at both ends gives as many outputs. Beyond the least at the high end there is room for
// less than a stride; with a single output the stride is arbitrary.
bool is_uneven(const Axis& axis) {
  const std::int64_t least = axis.high_pad();
  return axis.pad < least || (axis.out > 1 && axis.pad >= least + axis.stride);
}

bool has_unaligned_channels(const Geometry& g) {
  constexpr std::int64_t aligned = 8;
  return g.groups * g.in_channels % aligned != 0 || g.groups * g.out_channels % aligned != 0;
}

bool has(const ConvProblem& p, std::string_view property) {
  const auto any_axis = [&p](auto predicate) {
    return std::any_of(p.geometry.axes.begin(), p.geometry.axes.begin() + p.geometry.rank, predicate);
  };
  if (property == "strided") return any_axis([](const Axis& axis) { return axis.stride > 1; });
  if (property == "dilated") return any_axis([](const Axis& axis) { return axis.dilation > 1; });
  if (property == "uneven") return any_axis(is_uneven);
  if (property == "grouped") return p.geometry.groups > 1;
  if (property == "unaligned") return has_unaligned_channels(p.geometry);
  if (property == "bias") return p.epilogue.bias;
  return p.numerics.deterministic;
}

}  // namespace

bool Erratum::concerns(const ConvProblem& p, std::int64_t version) const {
  using namespace errata;
  if (version < first || version > last) return false;
  const auto fits = [this](const auto& kind, std::string_view own) {
    const bool named = std::any_of(words.begin(), words.end(), [&](const auto& word) { return is_one_of(word, kind); });
    return !named || is_one_of(own, words);
  };
  if (!fits(passes, name_of(p.pass)) || !fits(types, name_of(p.x.dtype)) || !fits(layouts, layout_word(p)) ||
      !fits(activations, name_of(p.epilogue.activation)))
    return false;
  return std::all_of(words.begin(), words.end(),
                     [&p](const auto& word) { return !is_one_of(word, properties) || has(p, word); });
}

}  // namespace faltung

// A problem too large for 32-bit indices as smaller ones.
#include <fmt/format.h>

#include <algorithm>

#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "engines/rewrite/split/plan.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using namespace rewrite_split;

bool is_large(const ConvProblem& p) { return std::max(reach_of(p, Role::x), reach_of(p, Role::y)) > most_elements; }

// Elements of 2^31 - 1 bytes: some of cuDNN's kernels count bytes.
std::int64_t elements_of_block(const ConvProblem& p) {
  return most_elements / static_cast<std::int64_t>(std::max(size_of(p.x.dtype), size_of(p.y.dtype)));
}

// Sums of parts are rounded once: none is written in a narrower type.
bool adds_exactly(const ConvProblem& p) { return p.pass != Pass::WeightGrad || p.w.dtype == accumulator_of(p); }

class Split final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.split"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    Verdict verdict = Verdict()
                          .need(numel_of(problem.geometry, Role::x) > 0 && numel_of(problem.geometry, Role::y) > 0,
                                "nothing is empty")
                          .need(adds_exactly(problem), "sums of 16-bit weight gradients would be rounded twice");
    if (!verdict || !verdict.need(is_large(problem), "32 bits count the elements of x and of y")) return verdict;
    const auto size = block_size(problem, elements_of_block(problem));
    if (!verdict.need(size.has_value(), "a row of an image within 2^31 bytes, and at most 4096 blocks")) return verdict;
    return one_way({.seconds = composite_seconds(problem, device, 0)}, [&problem, size = *size](Planner& planner) {
      if (planner.device().device.type == DeviceType::cpu) planner.allow_last_resort_for_parts();
      return split_plan(problem, size, planner);
    });
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_split() {
  static const NeverDestroyed<Split> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung

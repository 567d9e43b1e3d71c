// Problems without arithmetic: nothing to write, or sums without terms. The smallest engine: read it before writing
// one.
#include "faltung/engine.h"

#include "base/never_destroyed.h"
#include "compose/store_result.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

bool nothing_to_write(const ConvProblem& p) { return numel_of(p.geometry, written_role(p.pass)) == 0; }

double written_bytes(const ConvProblem& p) {
  const auto elements = static_cast<double>(numel_of(p.geometry, written_role(p.pass)));
  return elements * static_cast<double>(size_of(p.written().dtype)) * (1 + p.epilogue.add + p.accumulate);
}

class TrivialPlan : public Plan {
 public:
  explicit TrivialPlan(const ConvProblem& problem) : problem_(problem) {}

  void run(const Operands& operands, Workspace, const Execution& execution) const override {
    store_empty_sums(problem_, operands, execution);
  }

  void outline(Outline& outline) const override {
    outline.line(nothing_to_write(problem_) ? "trivial: nothing to write" : "trivial: sums without terms");
  }

 private:
  ConvProblem problem_;
};

class Trivial : public Engine {
 public:
  std::string_view name() const override { return "trivial"; }

  std::optional<DeviceType> device() const override { return DeviceType::cpu; }

  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    const Verdict verdict = Verdict().need(nothing_to_write(p) || !has_terms(p), "there is something to compute");
    if (!verdict) return verdict;
    const Estimate estimate{.bytes = written_bytes(p), .overhead_seconds = 1e-8};
    return one_way({.seconds = estimate.seconds(device), .accuracy = Accuracy::exact, .workspace_bytes = 0},
                   [&p](Planner&) { return std::make_shared<TrivialPlan>(p); });
  }
};

}  // namespace

namespace engines {
const Engine& trivial() {
  static const NeverDestroyed<Trivial> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung

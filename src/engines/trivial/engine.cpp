// Problems without arithmetic: nothing to write, or sums without terms. The smallest engine: read it before writing
// one.
#include "plan/engine.h"

#include "problem/geometry.h"
#include "problem/result_writer.h"

namespace faltung {
namespace {

bool nothing_to_write(const ConvProblem& p) { return numel_of(p.geometry, written_role(p.pass)) == 0; }

// One of the operands that are read has no elements, so that no sum has a term.
bool nothing_to_add(const ConvProblem& p) {
  for (Role role : {Role::x, Role::w, Role::y})
    if (role != written_role(p.pass) && numel_of(p.geometry, role) == 0) return true;
  return false;
}

// Offset of the element with this number, counting the extents in order, the last one fastest; and its channel.
struct Place {
  std::int64_t offset = 0, channel = 0;
};

Place place_of(std::int64_t number, const Dims& extents, const Dims& strides) {
  Place place;
  for (int i = extents.size() - 1; i >= 0; --i) {
    const std::int64_t at = number % extents[i];
    number /= extents[i];
    place.offset += at * strides[i];
    if (i == 2) place.channel += at;               // within the group
    if (i == 1) place.channel += at * extents[2];  // of the groups before
  }
  return place;
}

class TrivialPlan : public Plan {
 public:
  explicit TrivialPlan(const ConvProblem& problem) : problem_(problem) {}

  void run(const Operands& operands, Workspace, const Execution&) const override {
    visit(problem_.written().dtype, [&]<class T>(ElementType<T>) {
      const Role role = written_role(problem_.pass);
      const Dims extents = extents_of(problem_.geometry, role);
      const ResultWriter<Widest<T>> writer(problem_, operands);
      for (std::int64_t i = 0; i < numel_of(problem_.geometry, role); ++i) {
        const Place place = place_of(i, extents, problem_.written().strides);
        writer.write(place.offset, place.channel, {});
      }
    });
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
    const Verdict verdict = Verdict().need(nothing_to_write(p) || nothing_to_add(p), "there is something to compute");
    if (!verdict) return verdict;
    const Estimate estimate{.bytes = bytes_of(p), .overhead_seconds = 1e-8};
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

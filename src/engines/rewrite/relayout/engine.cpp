// Copies operands into a dense layout and the result back.
#include <array>

#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

constexpr Role roles[] = {Role::x, Role::w, Role::y};

bool lies_as(const ConvProblem& problem, Role role, MemoryFormat format) {
  return problem.operand(role).alignment == Operand::max_alignment && layout_of(problem, role).is(format);
}

// Bytes of the operands that are not in that format.
double bytes_to_copy(const ConvProblem& problem, MemoryFormat format) {
  double bytes = 0;
  for (const Role role : roles)
    if (!lies_as(problem, role, format))
      bytes += static_cast<double>(numel_of(problem.geometry, role)) *
               static_cast<double>(size_of(problem.operand(role).dtype));
  return bytes;
}

class RelayoutPlan final : public CompositePlan {
 public:
  RelayoutPlan(const ConvProblem& problem, MemoryFormat format, Planner& planner)
      : CompositePlan(format == MemoryFormat::contiguous ? "rewrite.relayout: nchw" : "rewrite.relayout: nhwc",
                      planner),
        problem_(problem) {
    ConvProblem part = problem;
    for (const Role role : roles) {
      if (lies_as(problem, role, format)) continue;
      copied_[index(role)] = true;
      buffers_[index(role)] = buffer(problem.geometry, role, problem.operand(role).dtype, format);
      part.operand(role).strides = buffers_[index(role)].operand.strides;
      part.operand(role).alignment = Operand::max_alignment;
      if (role == Role::w && role != written()) copy_weights_to(buffers_[index(role)], problem);
    }
    if (copies_z()) z_ = buffer(problem.geometry, written(), problem.written().dtype, format);
    solve(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    Operands part = operands;
    for (const Role role : roles) {
      if (!copied_[index(role)]) continue;
      if (role == Role::w && role != written()) {
        take_weights(part, workspace, execution);
        continue;
      }
      set_operand(part, role, at(buffers_[index(role)], workspace));
      if (role != written() || problem_.accumulate)
        copy_on(execution, original(role, operands), view(buffers_[index(role)], workspace));
    }
    if (copies_z()) {
      part.z = at(z_, workspace);
      // Only read; views have no const form.
      copy_on(execution, view_of(problem_.geometry, written(), problem_.written(), const_cast<void*>(operands.z)),
              view(z_, workspace));
    }
    run_part(part, workspace, execution);
    if (copied_[index(written())])
      copy_on(execution, view(buffers_[index(written())], workspace), original(written(), operands));
  }

 private:
  static std::size_t index(Role role) { return static_cast<std::size_t>(role); }
  Role written() const { return written_role(problem_.pass); }
  bool copies_z() const { return problem_.epilogue.add && copied_[index(written())]; }
  TensorView original(Role role, const Operands& operands) const {
    return view_of(problem_.geometry, role, problem_.operand(role), operands.get(role));
  }

  ConvProblem problem_;
  std::array<bool, 3> copied_{};
  std::array<Buffer, 3> buffers_;
  Buffer z_;
};

// One variant per dense layout; a layout that needs no copy is not a rewriting.
class RelayoutOffer final : public Offer {
 public:
  RelayoutOffer(const ConvProblem& problem, const DeviceInfo& device) : problem_(problem), device_(device) {
    add("nchw", MemoryFormat::contiguous);
    add("nhwc", MemoryFormat::channels_last);
    if (variants_.size() == 2 && variants_[1].seconds < variants_[0].seconds) std::swap(variants_[0], variants_[1]);
  }

  bool empty() const { return variants_.empty(); }
  Variant first() override { return variants_.front(); }
  std::vector<Variant> variants() override { return variants_; }
  std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) override {
    const MemoryFormat format = variant.name == "nhwc" ? MemoryFormat::channels_last : MemoryFormat::contiguous;
    return std::make_shared<RelayoutPlan>(problem_, format, planner);
  }

 private:
  void add(std::string name, MemoryFormat format) {
    const double bytes = bytes_to_copy(problem_, format);
    if (bytes > 0) variants_.push_back({std::move(name), composite_seconds(problem_, device_, bytes)});
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
  std::vector<Variant> variants_;
};

class Relayout final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.relayout"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    auto offer = std::make_unique<RelayoutOffer>(problem, device);
    if (offer->empty()) return Answer::refused("every operand is dense in either layout already");
    return offer;
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_relayout() {
  static const NeverDestroyed<Relayout> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung

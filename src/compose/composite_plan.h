// Shared by composite engines' plans: buffers in one workspace, and the part that runs in the rest of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/checked.h"
#include "plan/planner.h"

namespace faltung {

// An operand of a part, somewhere in the workspace.
struct Buffer {
  Operand operand;
  Dims extents;
  std::size_t offset = 0;
};

class CompositePlan : public Plan {
 public:
  std::size_t workspace_bytes() const final { return bytes_; }
  bool is_usable() const noexcept final { return !part_ || part_->is_usable(); }
  void outline(Outline& outline) const final;
  std::size_t footprint_bytes() const final { return 1024 + (part_ ? part_->footprint_bytes() : 0); }
  // The part's weights, made of w or of its copy; the copy itself if the part has nothing to prepare. To be overridden
  // where the part reads another w than these two.
  std::size_t prepared_bytes() const override;
  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override;

 protected:
  CompositePlan(std::string title, const Planner& planner);

  // During construction: each call reserves 64-byte aligned workspace. Throws Unsupported for more than 64 bits count.
  Buffer buffer(const Geometry& geometry, Role role, DType dtype, MemoryFormat format = MemoryFormat::contiguous);
  Buffer buffer(const Dims& extents, const Operand& operand);
  // The part reads this copy of w instead of w.
  void copy_weights_to(const Buffer& copy, const ConvProblem& problem);
  // The plan of the part, which is run `times` times. It determines the composite's accuracy and, with the copies into
  // and out of the buffers reserved before, its time.
  void solve(Planner& planner, const ConvProblem& part, std::int64_t times = 1) { take(planner.solve(part), times); }
  void solve_whole(Planner& planner, const ConvProblem& part) { take(planner.solve_whole(part), 1); }

  // During a run.
  void* at(const Buffer& buffer, Workspace workspace) const noexcept { return workspace.data() + buffer.offset; }
  TensorView view(const Buffer& buffer, Workspace workspace) const;
  // Makes the part's copy of w, or takes what was prepared. part.w and part.prepared are the composite's own.
  void take_weights(Operands& part, Workspace workspace, const Execution& execution) const;
  void run_part(const Operands& operands, Workspace workspace, const Execution& execution) const;

 private:
  std::size_t reserve(std::size_t bytes);
  void take(std::shared_ptr<const Plan> part, std::int64_t times);

  std::string title_;
  double bytes_per_second_;  // of the device's memory
  std::size_t bytes_ = 0, part_offset_ = 0, part_bytes_ = 0;
  std::shared_ptr<const Plan> part_;
  std::optional<Buffer> copied_weights_;
  TensorView weights_;           // w without its pointer, if it is copied
  std::size_t copied_once_ = 0;  // bytes of that copy, if the weights are constant
};

// Bytes of buffers; Unsupported if 64 bits cannot count them.
std::size_t counted(const Checked& bytes);
// The same, rounded up to whole lines of 64 bytes.
std::size_t whole_lines(const Checked& bytes);

// Copies within the stream's device, in stream order; launched, not waited for.
void copy_on(const Execution& execution, TensorView source, TensorView destination);
void fill_on(const Execution& execution, TensorView destination, double value);

inline void set_operand(Operands& operands, Role role, void* pointer) noexcept {
  (role == Role::x ? operands.x : role == Role::w ? operands.w : operands.y) = pointer;
}

// Alignment of an address `bytes` past an aligned one.
std::uint8_t alignment_after(std::uint8_t alignment, std::int64_t bytes) noexcept;

// Estimated time of a composite before its part is planned: the problem's own arithmetic, scaled by `work`, at a
// moderate efficiency, its memory traffic, and `copied_bytes` of buffers.
double composite_seconds(const ConvProblem& problem, const DeviceInfo& device, double copied_bytes, double work = 1);

}  // namespace faltung

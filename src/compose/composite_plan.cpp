#include "compose/composite_plan.h"

#include <algorithm>
#include <cstdlib>

#include "problem/geometry.h"
#include "tensor/memory.h"

namespace faltung {

namespace {

constexpr double overhead_seconds = 5e-6;

}  // namespace

CompositePlan::CompositePlan(std::string title, const Planner& planner)
    : title_(std::move(title)), bytes_per_second_(planner.device().bytes_per_second) {}

void CompositePlan::outline(Outline& outline) const {
  outline.line(title_);
  if (part_) outline.child(*part_);
}

std::size_t CompositePlan::reserve(std::size_t bytes) noexcept {
  const std::size_t offset = bytes_;
  bytes_ += (bytes + 63) / 64 * 64;
  return offset;
}

Buffer CompositePlan::buffer(const Geometry& geometry, Role role, DType dtype, MemoryFormat format) {
  return buffer(extents_of(geometry, role), {.dtype = dtype, .strides = operand_strides(geometry, role, format)});
}

Buffer CompositePlan::buffer(const Dims& extents, const Operand& operand) {
  std::size_t count = 1;
  for (const std::int64_t extent : extents) count *= static_cast<std::size_t>(extent);
  return {operand, extents, reserve(count * size_of(operand.dtype))};
}

void CompositePlan::take(std::shared_ptr<const Plan> part, std::int64_t times) {
  const double copies = bytes_per_second_ > 0 ? 2 * static_cast<double>(bytes_) / bytes_per_second_ : 0;
  promise(part->accuracy(), overhead_seconds + copies + static_cast<double>(times) * part->seconds());
  part_ = std::move(part);
  part_bytes_ = part_->workspace_bytes();
  part_offset_ = reserve(part_bytes_);
}

TensorView CompositePlan::view(const Buffer& buffer, Workspace workspace) const {
  return TensorView(at(buffer, workspace), buffer.operand.dtype, buffer.extents, buffer.operand.strides);
}

void CompositePlan::run_part(const Operands& operands, Workspace workspace, const Execution& execution) const {
  part_->run(operands, workspace.subspan(part_offset_, part_bytes_), execution);
}

void copy_on(const Execution& execution, TensorView source, TensorView destination) {
  source.device = destination.device = execution.stream.device;
  memory_of(destination.device).copy(source, destination, execution);
}

void fill_on(const Execution& execution, TensorView destination, double value) {
  destination.device = execution.stream.device;
  memory_of(destination.device).fill(destination, value, execution);
}

std::uint8_t alignment_after(std::uint8_t alignment, std::int64_t bytes) noexcept {
  while (alignment > 1 && bytes % alignment != 0) alignment = static_cast<std::uint8_t>(alignment / 2);
  return alignment;
}

double composite_seconds(const ConvProblem& problem, const DeviceInfo& device, double copied_bytes, double work) {
  const Estimate estimate{.flops = work * flops_of(problem),
                          .bytes = bytes_of(problem) + 2 * copied_bytes,
                          .efficiency = 0.3,
                          .overhead_seconds = overhead_seconds};
  return estimate.seconds(problem, device);
}

}  // namespace faltung

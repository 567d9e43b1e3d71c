#include "compose/composite_plan.h"

#include <algorithm>
#include <cstdlib>

#include "problem/geometry.h"
#include "tensor/memory.h"

namespace faltung {
namespace {

constexpr double overhead_seconds = 5e-6;

std::size_t bytes_of(const Dims& extents, DType dtype) {
  Checked bytes = static_cast<std::int64_t>(size_of(dtype));
  for (const std::int64_t extent : extents) bytes = bytes * extent;
  return counted(bytes);
}

TensorView view_at(void* data, const Buffer& buffer) {
  return TensorView(data, buffer.operand.dtype, buffer.extents, buffer.operand.strides);
}

TensorView at_pointer(TensorView view, const void* data) {
  view.data = const_cast<void*>(data);  // only read: a view has no way to say so
  return view;
}

}  // namespace

std::size_t counted(const Checked& bytes) {
  if (!bytes.fits()) throw Error(ErrorCode::Unsupported, "the buffers would have more bytes than 64 bits count");
  return static_cast<std::size_t>(bytes.value());
}

std::size_t whole_lines(const Checked& bytes) {
  constexpr std::size_t line = 64;
  return counted(bytes + (line - 1)) / line * line;
}

CompositePlan::CompositePlan(std::string title, const Planner& planner)
    : title_(std::move(title)), bytes_per_second_(planner.device().bytes_per_second) {}

void CompositePlan::outline(Outline& outline) const {
  outline.line(title_);
  if (part_) outline.child(*part_);
}

std::size_t CompositePlan::reserve(std::size_t bytes) {
  const std::size_t offset = bytes_;
  bytes_ = whole_lines(Checked(static_cast<std::int64_t>(bytes_)) + static_cast<std::int64_t>(bytes));
  return offset;
}

Buffer CompositePlan::buffer(const Geometry& geometry, Role role, DType dtype, MemoryFormat format) {
  return buffer(extents_of(geometry, role), {.dtype = dtype, .strides = operand_strides(geometry, role, format)});
}

Buffer CompositePlan::buffer(const Dims& extents, const Operand& operand) {
  return {operand, extents, reserve(bytes_of(extents, operand.dtype))};
}

void CompositePlan::copy_weights_to(const Buffer& copy, const ConvProblem& problem) {
  copied_weights_ = copy;
  weights_ = view_of(problem.geometry, Role::w, problem.w, nullptr);
  if (problem.constant_weights) copied_once_ = bytes_of(copy.extents, copy.operand.dtype);
}

void CompositePlan::take(std::shared_ptr<const Plan> part, std::int64_t times) {
  const auto copied = static_cast<double>(bytes_ - copied_once_);
  const double copies = bytes_per_second_ > 0 ? 2 * copied / bytes_per_second_ : 0;
  promise(part->accuracy(), overhead_seconds + copies + static_cast<double>(times) * part->seconds());
  part_ = std::move(part);
  part_bytes_ = part_->workspace_bytes();
  part_offset_ = reserve(part_bytes_);
}

TensorView CompositePlan::view(const Buffer& buffer, Workspace workspace) const {
  return view_at(at(buffer, workspace), buffer);
}

std::size_t CompositePlan::prepared_bytes() const {
  const std::size_t of_part = part_->prepared_bytes();
  if (of_part > 0 || !copied_weights_) return of_part;
  return bytes_of(copied_weights_->extents, copied_weights_->operand.dtype);
}

void CompositePlan::prepare(const void* w, std::byte* prepared, const Execution& execution) const {
  if (!copied_weights_) return part_->prepare(w, prepared, execution);
  const Buffer& copy = *copied_weights_;
  if (part_->prepared_bytes() == 0) return copy_on(execution, at_pointer(weights_, w), view_at(prepared, copy));
  const auto bytes = static_cast<std::int64_t>(bytes_of(copy.extents, copy.operand.dtype));
  const Tensor memory = Tensor::empty({bytes}, DType::i8, MemoryFormat::contiguous, execution.stream.device, execution);
  copy_on(execution, at_pointer(weights_, w), view_at(memory.data, copy));
  part_->prepare(memory.data, prepared, execution);
}

void CompositePlan::take_weights(Operands& part, Workspace workspace, const Execution& execution) const {
  const Buffer& copy = *copied_weights_;
  if (!part.prepared) {
    copy_on(execution, at_pointer(weights_, part.w), view(copy, workspace));
    part.w = at(copy, workspace);
  } else if (part_->prepared_bytes() == 0) {
    part.w = const_cast<std::byte*>(part.prepared);
    part.prepared = nullptr;
  }
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
                          .ceiling = best_ceiling_of(problem, device),
                          .efficiency = 0.3,
                          .bytes = bytes_of(problem) + 2 * copied_bytes,
                          .overhead_seconds = overhead_seconds};
  return estimate.seconds(device);
}

}  // namespace faltung

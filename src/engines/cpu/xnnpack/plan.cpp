#include "engines/cpu/xnnpack/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/parallel_for.h"
#include "engines/cpu/xnnpack/finish.h"
#include "problem/geometry.h"

namespace faltung::cpu_xnnpack {
namespace {

constexpr std::size_t header_bytes = 64;

std::size_t weight_bytes(const ConvProblem& p) {
  return static_cast<std::size_t>(numel_of(p.geometry, Role::w)) * sizeof(float);
}

// Numbers that no other weights of this process have.
std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

std::uint64_t number_of(const std::byte* prepared) {
  std::uint64_t number = 0;
  if (prepared) std::memcpy(&number, prepared, sizeof number);
  return number;
}

}  // namespace

XnnpackPlan::XnnpackPlan(const ConvProblem& problem) : problem_(problem) {}

void XnnpackPlan::run(const Operands& operands, Workspace, const Execution& execution) const {
  const std::int64_t batch = problem_.geometry.batch;
  const std::int64_t parts = std::min<std::int64_t>(batch, thread_count(execution));
  parallel_for(execution, parts, [&](std::int64_t i) {
    const std::int64_t first = batch * i / parts;
    run_images(operands, first, batch * (i + 1) / parts - first);
  });
}

void XnnpackPlan::run_images(const Operands& operands, std::int64_t first, std::int64_t count) const {
  const auto* prepared = static_cast<const std::byte*>(operands.prepared);
  const auto* w = static_cast<const float*>(prepared ? static_cast<const void*>(prepared + header_bytes) : operands.w);
  std::unique_ptr<OwnedOperator> op = prepared ? operators_.take(number_of(prepared)) : nullptr;
  if (!op) op = std::make_unique<OwnedOperator>(problem_, w, number_of(prepared));
  const Images images{.first = first,
                      .count = count,
                      .x = static_cast<const float*>(operands.x),
                      .w = w,
                      .y = static_cast<float*>(operands.y),
                      .bias = static_cast<const float*>(operands.bias)};
  op->run(problem_, count, images.x + first * problem_.x.strides[0], images.y + first * problem_.y.strides[0]);
  if (prepared) operators_.give_back(std::move(op));
  finish_images(problem_, images);
}

std::size_t XnnpackPlan::prepared_bytes() const { return header_bytes + weight_bytes(problem_); }

void XnnpackPlan::prepare(const void* w, std::byte* prepared, const Execution&) const {
  const std::uint64_t number = next_number();
  std::memcpy(prepared, &number, sizeof number);
  std::memcpy(prepared + header_bytes, w, weight_bytes(problem_));
}

void XnnpackPlan::outline(Outline& outline) const {
  outline.line(fmt::format("cpu.xnnpack: an operator of {}, its sums read once more", opened().where));
}

}  // namespace faltung::cpu_xnnpack

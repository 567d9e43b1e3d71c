#include "engines/cuda/cublaslt/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "device/cuda/runtime/capture.h"
#include "device/cuda/runtime/check.h"
#include "faltung/error.h"
#include "problem/geometry.h"

namespace faltung::cuda_cublaslt {
namespace {

bool is_aligned(const void* pointer) noexcept { return !pointer || alignment_of(pointer) >= Operand::max_alignment; }

constexpr std::size_t workspace_alignment = 256;

Workspace aligned_part(Workspace workspace) noexcept {
  if (workspace.size() < workspace_alignment) return {};
  const auto past = reinterpret_cast<std::uintptr_t>(workspace.data()) % workspace_alignment;
  return workspace.subspan(past == 0 ? 0 : workspace_alignment - past);
}

std::string version_text(std::size_t version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

// A factor in the type that sums are scaled in.
struct Scale {
  double f64;
  float f32;
  explicit Scale(double value) noexcept : f64(value), f32(static_cast<float>(value)) {}
  const void* of(DType type) const noexcept {
    return type == DType::f64 ? static_cast<const void*>(&f64) : static_cast<const void*>(&f32);
  }
};

}  // namespace

CublasltPlan::CublasltPlan(const Request& request, Device device, Algorithm algorithm,
                           std::optional<Algorithm> unaligned)
    : problem_(request.problem),
      matmul_(request.matmul),
      device_(device),
      handle_(request.handle),
      algorithm_(std::move(algorithm)),
      unaligned_(std::move(unaligned)),
      descriptors_(new Descriptors{product_of(problem_, matmul_, nullptr), layouts_of(problem_, matmul_)}) {}

// cuBLASLt wants its workspace, even an empty one, at whole 256 bytes; ours begin at whole 64.
std::size_t CublasltPlan::workspace_bytes() const {
  const std::size_t bytes = std::max(algorithm_.workspace_bytes, unaligned_ ? unaligned_->workspace_bytes : 0);
  return bytes > 0 ? bytes + workspace_alignment : 0;
}

void CublasltPlan::multiply(const Operands& operands, Workspace workspace, const Execution& execution) const {
  const bool aligned = is_aligned(operands.bias) && is_aligned(operands.z);
  const Algorithm& algorithm = aligned || !unaligned_ ? algorithm_ : *unaligned_;
  Product with_bias;
  if (problem_.epilogue.bias) with_bias = product_of(problem_, matmul_, operands.bias);
  const Scale one(1), beta(problem_.accumulate ? 1 : problem_.epilogue.add ? operands.alpha : 0);
  const DType type = type_read(problem_);
  Layouts& layouts = descriptors_->layouts;
  void* const d = operands.get(matmul_.d.role);
  const Workspace memory = aligned_part(workspace);
  check(cublaslt().matmul(handle_, problem_.epilogue.bias ? &with_bias : &descriptors_->product, one.of(type),
                          operands.get(matmul_.a.role), &layouts.a, operands.get(matmul_.b.role), &layouts.b,
                          beta.of(type), problem_.epilogue.add ? operands.z : d, &layouts.d, d, &layouts.d,
                          &algorithm.algorithm, memory.data(), memory.size(),
                          static_cast<cudaStream_t>(execution.stream.native)),
        "cublasLtMatmul");
}

void CublasltPlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const try {
  if (is_closing()) throw Error(ErrorCode::EngineFailure, "the program is ending");
  const cuda::DeviceGuard guard(device_.index);
  const cuda::CaptureAllowsAll capture;  // an algorithm's first run loads its kernel
  multiply(operands, workspace, execution);
} catch (const Error& error) {
  throw Error(error.code(),
              fmt::format("cuda.cublaslt ({}): {}; problem: {}", algorithm_.name, error.what(), print(problem_)));
}

void CublasltPlan::outline(Outline& outline) const {
  const std::string batch = matmul_.batch > 1 ? fmt::format("{} times ", matmul_.batch) : std::string();
  outline.line(fmt::format("cuda.cublaslt: {}{}x{}x{} by {} of cuBLASLt {} with a workspace of {} bytes", batch,
                           matmul_.m, matmul_.n, matmul_.k, algorithm_.name, version_text(cublaslt().version),
                           workspace_bytes()));
}

}  // namespace faltung::cuda_cublaslt

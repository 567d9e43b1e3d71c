// 1×1 convolutions as products of matrices by NVIDIA's cuBLASLt, loaded at run time if present.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/never_destroyed.h"
#include "device/cuda/runtime/check.h"
#include "device/cuda/runtime/device.h"
#include "engines/cuda/cublaslt/algorithm_name.h"
#include "engines/cuda/cublaslt/estimate.h"
#include "engines/cuda/cublaslt/plan.h"
#include "plan/planner.h"

namespace faltung {
namespace {

using namespace cuda_cublaslt;

constexpr std::string_view by_heuristics = "heuristic";  // the first that they suggest
constexpr int most_variants = 8;                         // to measure
constexpr std::size_t most_workspace = 32 << 20;         // where nothing limits it; as much as cuBLAS itself may take

class CublasltOffer final : public Offer {
 public:
  CublasltOffer(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        device_(device),
        matmul_(matmul_of(problem)),
        seconds_(seconds_of(problem, matmul_, device)) {}

  Variant first() override { return variant(std::string(by_heuristics)); }

  std::optional<Variant> named(std::string_view name) override {
    if (name != by_heuristics && !parse_algorithm_name(name)) return std::nullopt;
    return variant(std::string(name));
  }

  // The suggestions of the heuristics that can be made again from their names.
  std::vector<Variant> variants() override {
    std::vector<Variant> all;
    try {
      const cuda::DeviceGuard guard(device_.device.index);
      const Request request = this->request(std::nullopt);
      for (const Algorithm& algorithm : suggested(request, most_variants)) {
        const auto is_it = [&](const Variant& known) { return known.name == algorithm.name; };
        if (std::any_of(all.begin(), all.end(), is_it) || !can_be_named(request, algorithm.name)) continue;
        all.push_back(variant(algorithm.name));
        all.back().workspace_bytes = algorithm.workspace_bytes;
      }
    } catch (const Error&) {  // plan() meets the same error and reports it
    }
    if (all.empty()) all.push_back(first());
    return all;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) override {
    const cuda::DeviceGuard guard(device_.device.index);
    const Request request = this->request(planner.policy().workspace_limit);
    Algorithm algorithm =
        variant.name == by_heuristics ? suggested(request, 1).front() : algorithm_named(request, variant.name);
    return std::make_shared<CublasltPlan>(request, device_.device, std::move(algorithm), unaligned(request));
  }

 private:
  Variant variant(std::string name) const {
    const bool tf32 = type_read(problem_) == DType::f32 && problem_.numerics.tf32;
    return {.name = std::move(name),
            .seconds = seconds_,
            .accuracy = tf32 ? Accuracy::transformed : Accuracy::reassociated};
  }

  Request request(std::optional<std::size_t> limit) const {
    return {.problem = problem_,
            .matmul = matmul_,
            .handle = handle_of(device_.device.index),
            .workspace_limit = std::min(limit.value_or(most_workspace), most_workspace)};
  }

  // Of bias and z it is only known that they are aligned to their elements; nearly always they are to more.
  std::optional<Algorithm> unaligned(Request request) const {
    if (!problem_.epilogue.bias && !problem_.epilogue.add) return std::nullopt;
    request.epilogue_alignment = size_of(problem_.written().dtype);
    return suggested(request, 1).front();
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
  Matmul matmul_;
  double seconds_;
};

class Cublaslt final : public Engine {
 public:
  std::string_view name() const override { return "cuda.cublaslt"; }
  std::optional<DeviceType> device() const override { return DeviceType::cuda; }
  std::string unavailable() const override {
    const std::string_view reason = cuda::unavailable();
    return std::string(reason.empty() ? library_missing() : reason);
  }
  std::string library() const override {
    return unavailable().empty() ? fmt::format("cuBLASLt_{}", cublaslt().version) : std::string();
  }

  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    if (const Verdict verdict = accepts(p); !verdict) return verdict;
    return std::make_unique<CublasltOffer>(p, device);
  }
};

}  // namespace

namespace engines {
const Engine& cuda_cublaslt() {
  static const NeverDestroyed<Cublaslt> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung

#include "engines/hip/miopen/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "engines/hip/miopen/errata.h"
#include "engines/hip/miopen/library/handle.h"
#include "engines/hip/miopen/names.h"
#include "engines/hip/miopen/plan.h"
#include "engines/hip/miopen/remembered.h"
#include "problem/geometry.h"
#include "tensor/memory.h"

namespace faltung::hip_miopen {
namespace {

// Memory for Find to measure on.
struct Scratch {
  Tensor x, w, y, workspace;

  Scratch(const ConvProblem& problem, Device device, std::size_t workspace_bytes)
      : x(bytes(needed(problem, Role::x), device)),
        w(bytes(needed(problem, Role::w), device)),
        y(bytes(needed(problem, Role::y), device)) {
    if (workspace_bytes > 0) workspace = bytes(static_cast<std::int64_t>(workspace_bytes), device);
  }
  static std::int64_t needed(const ConvProblem& problem, Role role) {
    return numel_of(problem.geometry, role) * static_cast<std::int64_t>(size_of(problem.x.dtype));
  }
  static Tensor bytes(std::int64_t count, Device device) {
    return Tensor::zeros({count}, DType::i8, MemoryFormat::contiguous, device);
  }
  Operands operands() const { return {.x = x.data, .w = w.data, .y = y.data}; }
  Workspace space() const {
    return workspace.defined ? Workspace{workspace.as<std::byte>(), static_cast<std::size_t>(workspace.numel())}
                             : Workspace{};
  }
};

class Search {
 public:
  Search(const ConvProblem& problem, Device device, std::optional<std::size_t> limit)
      : limit_(limit),
        handle_(handle_for(device, nullptr)),
        task_{problem, device, std::make_shared<Convolution>(problem), {}} {}

  std::shared_ptr<MiopenPlan> first_that_works() {
    if (auto plan = fused()) return plan;
    if (must_fuse()) return nullptr;
    if (auto plan = by_solutions()) return plan;
    return found();
  }

  std::shared_ptr<MiopenPlan> named(std::string_view name) {
    if (must_fuse()) return note("16-bit results with an epilogue are rounded once only if fused");
    if (name == by_find) return found();
    for (const Solution& solution : solutions())
      if (name_of_solution(solution.id) == name) return try_solution(solution);
    return note(fmt::format("{} is none of its solutions", name));
  }

  // With all the workspace that it wants or may have, then without.
  std::shared_ptr<MiopenPlan> found() {
    const std::size_t wanted = std::min(workspace_for_any(), limit_.value_or(~std::size_t{0}));
    auto plan = found_with(wanted);
    return plan || wanted == 0 ? plan : found_with(0);
  }

  std::vector<Solution> solutions() {
    try {
      return solutions_of(handle_, *task_.convolution);
    } catch (const Error& error) {
      note(error.what());
      return {};
    }
  }

  [[noreturn]] void fail() const {
    std::string text = "no way of MIOpen's works";
    for (const std::string& note : task_.notes) text += "\n  " + note;
    throw Error(short_of_memory_ ? ErrorCode::OutOfMemory : ErrorCode::Unsupported, text);
  }

 private:
  bool must_fuse() const { return !task_.problem.epilogue.empty() && task_.problem.x.dtype != DType::f32; }

  using Make = std::function<std::shared_ptr<MiopenPlan>()>;

  // Null where it throws, which is noted.
  std::shared_ptr<MiopenPlan> attempt(const std::string& name, const Make& make) {
    try {
      return make();
    } catch (const Error& error) {
      short_of_memory_ |= error.code() == ErrorCode::OutOfMemory;
      return note(fmt::format("{}: {}", name, error.what()));
    }
  }

  std::shared_ptr<MiopenPlan> fused() {
    const ConvProblem& p = task_.problem;
    if (p.epilogue.empty() || p.pass != Pass::Forward || !p.numerics.transforms) return nullptr;
    return attempt("a fusion plan", [&] {
      need_none(refusal_of_fusion(p));
      return std::make_shared<MiopenPlan>(task_, handle_);
    });
  }

  std::shared_ptr<MiopenPlan> by_solutions() {
    const std::vector<Solution> all = solutions();
    if (all.empty()) note("the immediate mode has no solution");
    for (const Solution& solution : all)
      if (auto plan = try_solution(solution)) return plan;
    return nullptr;
  }

  std::shared_ptr<MiopenPlan> try_solution(const Solution& solution) {
    Method method{.solution = solution.id, .algorithm = solution.algorithm};
    return attempt(name_of_solution(solution.id), [&]() -> std::shared_ptr<MiopenPlan> {
      need_none(refusal_of(task_.problem, solution));
      const Convolution& c = *task_.convolution;
      const Arguments d = solution_arguments_of(c);
      std::size_t bytes = 0;
      check(c.calls().solution_workspace(handle_, d.a, d.b, c.convolution.get(), d.c, solution.id, &bytes),
            "asking for its workspace");
      method.workspace_bytes = std::max(bytes, solution.workspace_bytes);
      need_to_fit(method.workspace_bytes, limit_);
      check(c.calls().compile(handle_, d.a, d.b, c.convolution.get(), d.c, solution.id), "compiling it");
      return std::make_shared<MiopenPlan>(task_, method);
    });
  }

  std::size_t workspace_for_any() const {
    const Convolution& c = *task_.convolution;
    const Arguments d = solution_arguments_of(c);
    std::size_t bytes = 0;
    const Status status = c.calls().workspace(handle_, d.a, d.b, c.convolution.get(), d.c, &bytes);
    return status == Status::success ? bytes : 0;
  }

  std::shared_ptr<MiopenPlan> found_with(std::size_t bytes) {
    std::vector<Found> all;
    const std::string name = fmt::format("Find with a workspace of {} bytes", bytes);
    attempt(name, [&]() -> std::shared_ptr<MiopenPlan> { return all = search(bytes), nullptr; });
    if (all.empty()) return note(name + " found nothing");
    for (const Found& each : all)
      if (auto plan = try_algorithm(each, bytes)) return plan;
    return nullptr;
  }

  std::vector<Found> search(std::size_t bytes) const {
    const std::string key = fmt::format("{} hip:{} {}", print(task_.problem), task_.device.index, bytes);
    if (auto before = remembered(key)) return *std::move(before);
    const Scratch scratch(task_.problem, task_.device, bytes);
    std::vector<Found> all = find(handle_, *task_.convolution, scratch.operands(), scratch.space());
    synchronize({task_.device, nullptr});
    remember(key, all);
    return all;
  }

  // As a solution where there is one of that algorithm now: any handle can run it, without a search of its own.
  std::shared_ptr<MiopenPlan> try_algorithm(const Found& found, std::size_t given) {
    const std::string name(name_of(found.algorithm));
    return attempt(name, [&]() -> std::shared_ptr<MiopenPlan> {
      need_to_fit(found.workspace_bytes, given);
      for (const Solution& solution : solutions())
        if (solution.algorithm == found.algorithm && solution.workspace_bytes <= given)
          if (auto plan = try_solution(solution)) return plan;
      need_none(refusal_of(task_.problem, found.algorithm));
      return std::make_shared<MiopenPlan>(
          task_, Method{.algorithm = found.algorithm, .workspace_bytes = found.workspace_bytes});
    });
  }

  static void need_none(std::string_view refusal) {
    if (!refusal.empty()) throw Error(ErrorCode::Unsupported, std::string(refusal));
  }

  static void need_to_fit(std::size_t bytes, std::optional<std::size_t> limit) {
    if (limit && bytes > *limit)
      throw Error(ErrorCode::Unsupported, fmt::format("needs a workspace of {} bytes; {} are left", bytes, *limit));
  }

  std::shared_ptr<MiopenPlan> note(std::string text) {
    task_.notes.push_back(std::move(text));
    return nullptr;
  }

  std::optional<std::size_t> limit_;
  Handle handle_;
  Task task_;
  bool short_of_memory_ = false;
};

}  // namespace

bool is_variant(std::string_view name) { return name == by_chain || name == by_find || is_solution(name); }

std::shared_ptr<MiopenPlan> find_plan(const ConvProblem& problem, Device device, std::string_view variant,
                                      std::optional<std::size_t> workspace_limit) {
  const DeviceScope scope(device);
  Search search(problem, device, workspace_limit);
  auto plan = variant.empty() || variant == by_chain ? search.first_that_works() : search.named(variant);
  if (!plan) search.fail();
  return plan;
}

std::vector<std::string> solution_names(const ConvProblem& problem, Device device, std::size_t most) {
  const DeviceScope scope(device);
  std::vector<std::string> names;
  for (const Solution& solution : Search(problem, device, {}).solutions())
    if (names.size() < most && refusal_of(problem, solution).empty()) names.push_back(name_of_solution(solution.id));
  return names;
}

}  // namespace faltung::hip_miopen

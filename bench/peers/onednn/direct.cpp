// What a run of cpu.onednn takes beside the library's own primitive: both are called in turn, with weights that were
// reordered before, the same formats and scratch memory. `run` builds it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cpu/onednn/convolution.h"
#include "engines/cpu/onednn/team.h"
#include "faltung/compile.h"
#include "problem/roles.h"

namespace faltung::cpu_onednn {
namespace {

using Clock = std::chrono::steady_clock;

// The primitive with memories whose addresses never change.
class Direct {
 public:
  Direct(const ConvProblem& p, const Operands& operands, int threads) : threads_(threads) {
    const TeamSize scope(threads);
    const MemoryDesc x = description(p, Role::x), y = description(p, Role::y);
    const PrimitiveDesc found = implementation_of(p, {.x = x.get(), .y = y.get()});
    name_ = name_of(found);
    for (const Role role : {Role::x, Role::w, Role::y}) {
      const MemoryDesc own = description(p, role);
      const MemoryDescObject* wanted = wanted_by(found, argument_of(p, role));
      void* const at = dnnl().memory_desc_equal(own.get(), wanted) ? operands.get(role) : room_for(wanted);
      add(argument_of(p, role), wanted, at);
    }
    if (const auto* scratchpad = wanted_by(found, Argument::scratchpad); scratchpad)
      add(Argument::scratchpad, scratchpad, room_for(scratchpad));
    primitive_ = made<Primitive>("compile", [&](auto** to) { return dnnl().primitive_create(to, found.get()); });
    stream_ = made<Stream>("make a stream", [](auto** to) { return dnnl().stream_create(to, opened().cpu, in_order); });
  }

  const std::string& name() const { return name_; }
  void run() const {
    check(dnnl().primitive_execute(primitive_.get(), stream_.get(), static_cast<int>(arguments_.size()),
                                   arguments_.data()),
          "run");
  }
  int threads() const { return threads_; }

 private:
  static const MemoryDescObject* wanted_by(const PrimitiveDesc& found, Argument name) {
    return dnnl().primitive_desc_query_md(found.get(), Query::exec_arg_md, static_cast<int>(name));
  }
  void* room_for(const MemoryDescObject* desc) {
    const auto bytes = static_cast<std::int64_t>(dnnl().memory_desc_get_size(desc));
    return room_.emplace_back(Tensor::zeros({bytes + 1}, DType::i8)).data;
  }
  void add(Argument name, const MemoryDescObject* desc, void* at) {
    memories_.push_back(
        made<Memory>("describe memory", [&](auto** to) { return dnnl().memory_create(to, desc, opened().cpu, at); }));
    arguments_.push_back({name, memories_.back().get()});
  }

  int threads_;
  std::string name_;
  Primitive primitive_;
  Stream stream_;
  std::vector<Tensor> room_;
  std::vector<Memory> memories_;
  std::vector<ExecArg> arguments_;
};

template <class Call>
double seconds_of(int calls, const Call& call) {
  const auto start = Clock::now();
  for (int i = 0; i < calls; ++i) call();
  return std::chrono::duration<double>(Clock::now() - start).count() / calls;
}

}  // namespace

void compare(const std::string& text, int threads) {
  const ConvProblem problem = canonical(parse_problem(text));
  const CompiledConv compiled = compile(problem, {.only = "cpu.onednn", .threads = threads});
  std::vector<Tensor> tensors;
  Operands operands;
  for (const Role role : {Role::x, Role::w, Role::y}) {
    std::int64_t numbers = 1;
    for (const std::int64_t extent : extents_of(problem.geometry, role)) numbers *= extent;
    tensors.push_back(Tensor::zeros({numbers}, problem.operand(role).dtype));
    (role == Role::x ? operands.x : role == Role::w ? operands.w : operands.y) = tensors.back().data;
  }
  const Direct direct(problem, operands, threads);
  const bool prepares = problem.pass != Pass::WeightGrad;
  const auto weights = prepares ? compiled.prepare(operands.w) : nullptr;
  const auto ours = [&] { prepares ? compiled.run(operands, *weights) : compiled.run(operands); };
  const auto theirs = [&] { direct.run(); };
  const int calls = std::clamp(static_cast<int>(2e-3 / seconds_of(3, ours)), 1, 2000);
  double least_ours = 1, least_theirs = 1;
  for (int round = 0; round < 300; ++round) {
    {
      const TeamSize scope(threads);
      least_theirs = std::min(least_theirs, seconds_of(calls, theirs));
    }
    least_ours = std::min(least_ours, seconds_of(calls, ours));
  }
  std::printf("%-60s %-40s %10.2f %10.2f %8.2f %6.3f\n", text.c_str(), direct.name().c_str(), 1e6 * least_theirs,
              1e6 * least_ours, 1e6 * (least_ours - least_theirs), least_ours / least_theirs);
}

}  // namespace faltung::cpu_onednn

int main(int argc, char** argv) {
  int threads = 1;
  std::vector<std::string> problems;
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "--threads" && i + 1 < argc)
      threads = std::atoi(argv[++i]);
    else
      problems.emplace_back(argv[i]);
  if (problems.empty())
    problems = {"fwd f32 nhwc n1 c8 k8 i4x4 f1x1 constw",        "fwd f32 nhwc n1 c64 k64 i14x14 f1x1 constw",
                "fwd f32 nhwc n1 c64 k64 i56x56 f3x3 p1 constw", "dgrad f32 nhwc n1 c64 k64 i56x56 f3x3 p1 constw",
                "wgrad f32 nhwc n1 c64 k64 i56x56 f3x3 p1",      "fwd bf16 nhwc n1 c64 k64 i56x56 f3x3 p1 constw"};
  std::printf("%-60s %-40s %10s %10s %8s %6s\n", "problem", "implementation", "direct us", "ours us", "more us",
              "times");
  for (const std::string& problem : problems) faltung::cpu_onednn::compare(problem, threads);
}

#include "bench_work.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "command.h"
#include "support/device.h"
#include "support/options.h"
#include "support/problems.h"

namespace faltung::cli {
namespace {

MemoryFormat format_of(const ConvProblem& problem) {
  const bool last = problem.x.strides == operand_strides(problem.geometry, Role::x, MemoryFormat::channels_last);
  const bool first = problem.x.strides == operand_strides(problem.geometry, Role::x, MemoryFormat::contiguous);
  return last && !first ? MemoryFormat::channels_last : MemoryFormat::contiguous;
}

void set_format(ConvProblem& problem, MemoryFormat format) {
  for (Role role : {Role::x, Role::w, Role::y}) {
    problem.operand(role).strides = operand_strides(problem.geometry, role, format);
  }
}

void set_batch(ConvProblem& problem, std::int64_t batch) {
  const MemoryFormat format = format_of(problem);
  problem.geometry.batch = batch;
  set_format(problem, format);
}

void set_dtype(ConvProblem& problem, DType dtype) {
  for (Role role : {Role::x, Role::w, Role::y}) problem.operand(role).dtype = dtype;
}

ConvProblem changed(ConvProblem problem, const BenchOptions& options) {
  if (options.batch > 0) set_batch(problem, options.batch);
  if (const std::optional<DType> dtype = parse_dtype(options.dtype)) set_dtype(problem, *dtype);
  if (options.layout == "first") set_format(problem, MemoryFormat::contiguous);
  if (options.layout == "last") set_format(problem, MemoryFormat::channels_last);
  return problem;
}

// What follows a result belongs to the pass that it was written for.
ConvProblem in_pass(ConvProblem problem, Pass pass) {
  if (problem.pass != pass) {
    problem.pass = pass;
    problem.epilogue = {};
    problem.accumulate = false;
  }
  return canonical(problem);
}

std::vector<Pass> passes_of(const BenchOptions& options) {
  std::vector<Pass> passes;
  for (Pass pass : {Pass::Forward, Pass::DataGrad, Pass::WeightGrad}) {
    const auto& names = options.passes;
    if (std::find(names.begin(), names.end(), name_of(pass)) != names.end()) passes.push_back(pass);
  }
  return passes;
}

// Enough of the batch to see that images are kept apart.
ConvProblem reduced(ConvProblem problem) {
  if (problem.geometry.batch > 2) set_batch(problem, 2);
  return canonical(problem);
}

// The type whose multiply-add ceiling an engine is held against.
std::optional<DType> peak_type(const ConvProblem& problem) {
  const DType type = real_of(problem.numerics.accumulate.value_or(accumulator_of(problem.written().dtype)));
  if (type == DType::f64) return DType::f64;
  return is_floating(type) ? std::optional(DType::f32) : std::nullopt;
}

std::map<std::string, double> measured_by(const Selection& selection) {
  std::map<std::string, double> best;
  for (const Candidate& candidate : selection.candidates) {
    if (!candidate.measured_seconds) continue;
    const auto [place, first] = best.emplace(candidate.engine, *candidate.measured_seconds);
    if (!first) place->second = std::min(place->second, *candidate.measured_seconds);
  }
  return best;
}

void time(const CompiledConv& compiled, double seconds, Measurement& out) {
  if (compiled.selection().device.type == DeviceType::cpu) {
    out.timing = faltung::measure(compiled, seconds);
  } else {
    out.gpu = measure_on_gpu(compiled, seconds);
    out.timing = out.gpu->calls;
  }
}

}  // namespace

std::vector<Work> work_of(const BenchOptions& options) {
  std::vector<Work> all;
  std::map<ConvProblem, std::size_t> seen;
  for (const ProblemLine& line : problems_of(options.problems)) {
    const ConvProblem problem = changed(line.problem, options);
    for (Pass pass : passes_of(options)) {
      const ConvProblem work = in_pass(problem, pass);
      const auto [place, added] = seen.emplace(work, all.size());
      if (added) {
        all.push_back({work, line.count});
      } else {
        all[place->second].count += line.count;
      }
    }
  }
  return all;
}

std::optional<double> Measurement::copy_share() const {
  if (!copy_seconds || !gpu || !gpu->graph_seconds) return std::nullopt;
  return *copy_seconds / *gpu->graph_seconds;
}

Bench::Bench(const BenchOptions& options) : options_(options), copy_floor_(options.seconds) {}

double Bench::peak(DType type, double seconds) {
  if (peak_type_ != type) {
    measured_peak(type, options_.policy.threads, 1.0);  // all cores awake and at their working clock
    last_peak_ = measured_peak(type, options_.policy.threads, seconds);
    peak_type_ = type;
  }
  const double before = last_peak_;
  last_peak_ = measured_peak(type, options_.policy.threads, seconds);
  return std::max(before, last_peak_);
}

std::optional<Measurement> Bench::measure(const Work& work, const std::string& engine) {
  Policy policy = options_.policy;
  if (!engine.empty()) policy.only = engine;
  const auto start = std::chrono::steady_clock::now();
  const Selection selection = explain(work.problem, policy, context());
  const std::chrono::duration<double> planning = std::chrono::steady_clock::now() - start;
  if (!selection.winner) return std::nullopt;
  const CompiledConv compiled = compile(work.problem, policy, context());
  Measurement out{.work = work, .engine = std::string(compiled.engine())};
  const Policy unrestricted{
      .effort = policy.effort, .measure_seconds = policy.measure_seconds, .threads = policy.threads};
  const Selection free = explain(work.problem, unrestricted, context());
  out.chosen = free.winner && free.chosen()->engine == out.engine;
  out.plan_seconds = planning.count();
  out.measured = measured_by(selection);
  time(compiled, options_.seconds, out);
  if (out.gpu) out.copy_seconds = copy_floor_.seconds_of(work.problem, selection.device);
  out.gflops = flops_of(work.problem) / out.timing.median_seconds / 1e9;
  const auto type = out.gpu ? std::nullopt : peak_type(work.problem);  // the peak is the processor's
  if (type) out.peak_share = 1e9 * out.gflops / peak(*type, options_.seconds);
  out.estimated_seconds = selection.chosen()->estimated_seconds;
  out.workspace_bytes = compiled.workspace_bytes();
  if (options_.verify) {
    policy.only = out.engine;
    out.comparison = verify(reduced(work.problem), policy, context());
  }
  return out;
}

}  // namespace faltung::cli

#include "bench_work.h"

#include <algorithm>
#include <chrono>

#include "faltung/info.h"

namespace faltung::cli {
namespace {

// Enough of the batch to see that images are kept apart.
ConvProblem reduced(const ConvProblem& problem) {
  return problem.geometry.batch > 2 ? changed(problem, {.batch = 2}) : problem;
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

// Nothing if no engine that the policy allows takes it.
std::optional<CompiledConv> plan(const ConvProblem& problem, const Policy& policy, Context& context) {
  try {
    return compile(problem, policy, context);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unsupported) throw;
    return std::nullopt;
  }
}

void time(const CompiledConv& compiled, double seconds, Measurement& out) {
  if (compiled.selection().device.type == DeviceType::cpu) {
    out.timing = faltung::measure(compiled, seconds);
  } else {
    out.gpu = measure_on_gpu(compiled, seconds);
    out.timing = out.gpu->calls;
  }
}

// How long it would take if weights changed from run to run.
std::optional<Timing> time_unprepared(ConvProblem problem, const Policy& policy, Context& context, double seconds) {
  if (!problem.constant_weights) return std::nullopt;
  problem.constant_weights = false;
  const std::optional<CompiledConv> compiled = plan(problem, policy, context);
  if (!compiled) return std::nullopt;
  Measurement plain;
  time(*compiled, seconds, plain);
  return plain.timing;
}

}  // namespace

int threads_of(const Policy& policy, Device device) {
  if (device.type != DeviceType::cpu) return 0;
  const int all = info().devices.front().threads;
  return policy.threads > 0 ? std::min(policy.threads, all) : all;
}

std::optional<double> Measurement::copy_share() const {
  if (!copy_seconds || !gpu || !gpu->graph_seconds) return std::nullopt;
  return *copy_seconds / *gpu->graph_seconds;
}

Bench::Bench(const BenchOptions& options, const Context& context)
    : options_(options),
      context_(context),
      copy_floor_(options.seconds),
      threads_(threads_of(options.choosing.policy, context.device())) {}

double Bench::peak(DType type, double seconds) {
  const int threads = options_.choosing.policy.threads;
  if (peak_type_ != type) {
    measured_peak(type, threads, 1.0);  // all cores awake and at their working clock
    last_peak_ = measured_peak(type, threads, seconds);
    peak_type_ = type;
  }
  const double before = last_peak_;
  last_peak_ = measured_peak(type, threads, seconds);
  return std::max(before, last_peak_);
}

bool Bench::is_chosen(const CompiledConv& compiled) {
  const Policy& policy = compiled.selection().policy;
  const Policy free{.effort = policy.effort, .measure_seconds = policy.measure_seconds, .threads = policy.threads};
  if (policy == free) return true;
  const Selection selection = explain(compiled.problem(), free, context_);
  return selection.winner && selection.chosen()->engine == compiled.engine();
}

Policy Bench::policy_of(const std::string& engine) const {
  Policy policy = options_.choosing.policy;
  if (!engine.empty()) policy.only = engine;
  return policy;
}

std::optional<Measurement> Bench::measure(const Work& work, const std::string& engine) {
  Policy policy = policy_of(engine);
  std::optional<Measurement> out = time_work(work, policy);
  if (!out || !options_.verify) return out;
  policy.only = out->engine;
  out->comparison = verify(reduced(work.problem), policy, context_);
  return out;
}

std::optional<Measurement> Bench::measure_again(const Measurement& first, const std::string& engine) {
  std::optional<Measurement> out = time_work(first.work, policy_of(engine));
  if (!out) return out;
  out->plan_seconds = first.plan_seconds;
  out->comparison = first.comparison;
  if (out->gpu && first.gpu) out->gpu->first_seconds = first.gpu->first_seconds;
  return out;
}

std::optional<Measurement> Bench::time_work(const Work& work, const Policy& policy) {
  const auto start = std::chrono::steady_clock::now();
  const std::optional<CompiledConv> compiled = plan(work.problem, policy, context_);
  const std::chrono::duration<double> planning = std::chrono::steady_clock::now() - start;
  if (!compiled) return std::nullopt;
  const Selection& selection = compiled->selection();
  Measurement out{
      .work = work, .engine = std::string(compiled->engine()), .chosen = is_chosen(*compiled), .threads = threads_};
  out.plan_seconds = planning.count();
  out.measured = measured_by(selection);
  time(*compiled, options_.seconds, out);
  out.unprepared = time_unprepared(work.problem, policy, context_, options_.seconds);
  if (out.gpu) out.copy_seconds = copy_floor_.seconds_of(work.problem, selection.device);
  out.gflops = flops_of(work.problem) / out.timing.median_seconds / 1e9;
  const auto type = out.gpu ? std::nullopt : peak_type(work.problem);  // the peak is the processor's
  if (type) out.peak_share = 1e9 * out.gflops / peak(*type, options_.seconds);
  out.estimated_seconds = selection.chosen()->estimated_seconds;
  out.workspace_bytes = compiled->workspace_bytes();
  return out;
}

}  // namespace faltung::cli

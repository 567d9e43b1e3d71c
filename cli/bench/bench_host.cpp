#include "bench_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "command.h"
#include "faltung/compile.h"
#include "faltung/conv.h"
#include "json/json.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

// A small problem of so many images.
ConvProblem small(std::int64_t batch) {
  return parse_problem(fmt::format("fwd f32 nchw n{} c8 k8 i8x8 f3x3 p1", batch));
}

using Clock = std::chrono::steady_clock;

double timed(const std::function<void()>& call, int calls) {
  const auto start = Clock::now();
  for (int i = 0; i < calls; ++i) call();
  return std::chrono::duration<double>(Clock::now() - start).count() / calls;
}

// Seconds a call, the least over rounds of about a millisecond each: what disturbs only adds.
double seconds_of(const std::function<void()>& call) {
  constexpr double round_seconds = 1e-3;
  constexpr auto duration = std::chrono::milliseconds(300);
  timed(call, 1);
  const int calls = static_cast<int>(std::clamp(round_seconds / timed(call, 10), 1.0, 10000.0));
  double least = timed(call, calls);
  for (const auto end = Clock::now() + duration; Clock::now() < end;) least = std::min(least, timed(call, calls));
  return least;
}

struct Arrays {
  Tensor x, w, y;
  explicit Arrays(std::int64_t batch)
      : x(Tensor::zeros({batch, 8, 8, 8}, DType::f32)),
        w(Tensor::zeros({8, 8, 3, 3}, DType::f32)),
        y(Tensor::zeros({batch, 8, 8, 8}, DType::f32)) {}
};

double run_seconds(std::int64_t batch, const Policy& policy, Context& context) {
  const Arrays arrays(std::max<std::int64_t>(batch, 1));
  const CompiledConv compiled = compile(small(batch), policy, context);
  const Operands operands{.x = arrays.x.data, .w = arrays.w.data, .y = arrays.y.data};
  return seconds_of([&] { compiled.run(operands); });
}

struct HostCost {
  std::string engine;
  double run, more_images, empty, call, call_out;  // seconds

  static constexpr int many = 5;
  double kernel_of_image() const { return (more_images - run) / (many - 1); }
  double run_beyond_kernel() const { return run - kernel_of_image(); }
  double call_beyond_kernel() const { return call - kernel_of_image(); }
  double call_out_beyond_kernel() const { return call_out - kernel_of_image(); }
};

HostCost measure_host(Policy policy, Context& context) {
  HostCost cost;
  const CompiledConv compiled = compile(small(1), policy, context);
  cost.engine = compiled.engine();
  const Arrays arrays(1);
  ConvOptions options{.padding = 1, .policy = policy};
  cost.call = seconds_of([&] { conv2d(arrays.x, arrays.w, {}, options, context); });
  cost.call_out = seconds_of([&] { conv2d_out(arrays.y, arrays.x, arrays.w, {}, options, context); });
  cost.run = run_seconds(1, policy, context);
  policy.only = cost.engine;
  cost.more_images = run_seconds(HostCost::many, policy, context);
  policy.only.clear();
  cost.empty = run_seconds(0, policy, context);
  return cost;
}

void print_json(const HostCost& cost) {
  const Json json = {{"problem", print(small(1))},
                     {"engine", cost.engine},
                     {"run_us", 1e6 * cost.run},
                     {"kernel_us", 1e6 * cost.kernel_of_image()},
                     {"run_beyond_kernel_us", 1e6 * cost.run_beyond_kernel()},
                     {"run_of_nothing_us", 1e6 * cost.empty},
                     {"conv2d_us", 1e6 * cost.call},
                     {"conv2d_beyond_kernel_us", 1e6 * cost.call_beyond_kernel()},
                     {"conv2d_out_us", 1e6 * cost.call_out},
                     {"conv2d_out_beyond_kernel_us", 1e6 * cost.call_out_beyond_kernel()}};
  print_result("{}\n", json.dump());
}

void print_table(const HostCost& cost) {
  const auto us = [](double seconds) { return fmt::format("{:.3f}", 1e6 * seconds); };
  print_result("{} on {}\n", print(small(1)), cost.engine);
  Table table({"", ">us a call", ">beyond the kernel"});
  table.row({"run of a compiled plan", us(cost.run), us(cost.run_beyond_kernel())});
  table.row({"run of a compiled plan without images", us(cost.empty), us(cost.empty)});
  table.row({"conv2d", us(cost.call), us(cost.call_beyond_kernel())});
  table.row({"conv2d_out", us(cost.call_out), us(cost.call_out_beyond_kernel())});
  table.print();
  print_result(
      "The kernel is what each further image costs ({} us), from plans of 1 and {} images; what the engine does once a "
      "call,\n"
      "as packing the weights, counts as beyond it. Without images nothing but the call is left. The least of many "
      "rounds.\n",
      us(cost.kernel_of_image()), HostCost::many);
}

}  // namespace

int bench_host(Policy policy, bool json, Context& context) {
  if (context.device().type != DeviceType::cpu) return bench_host_gpu(policy, json, context);
  if (policy.threads == 0) policy.threads = 1;  // nobody would spread so little work, and time grows evenly with images
  const HostCost cost = measure_host(policy, context);
  json ? print_json(cost) : print_table(cost);
  return ok;
}

}  // namespace faltung::cli

// faltung bench --host on a GPU: what the calling thread spends while nobody waits for the work.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "bench_host.h"
#include "command.h"
#include "faltung/conv.h"
#include "faltung/tune.h"
#include "json/json.h"
#include "support/device.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

constexpr const char* small = "fwd f32 nchw n1 c8 k8 i8x8 f3x3 p1";
constexpr int calls = 50, rounds = 20;  // fewer calls than the launches that the driver queues

struct GpuHostCost {
  std::string engine;
  GpuTiming run;
  double call, call_out;  // seconds
};

// Returns when everything before it is done: an element of it is here.
void wait_for(const Tensor& tensor) {
  on_host(Tensor::borrow(tensor.select(0, 0).select(0, 0).select(0, 0), tensor.owner()));
}

double host_seconds(const std::function<void()>& call, const Tensor& written) {
  using Clock = std::chrono::steady_clock;
  double least = 1;
  for (int round = 0; round < rounds; ++round) {
    wait_for(written);
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count() / calls);
  }
  wait_for(written);
  return least;
}

GpuHostCost measure_host(const Policy& policy, Context& context) {
  const CompiledConv compiled = compile(parse_problem(small), policy, context);
  GpuHostCost cost{.engine = std::string(compiled.engine()), .run = measure_on_gpu(compiled)};
  const auto zeros = [&](const Dims& sizes) {
    return Tensor::zeros(sizes, DType::f32, MemoryFormat::contiguous, context.device());
  };
  const Tensor x = zeros({1, 8, 8, 8}), w = zeros({8, 8, 3, 3}), y = zeros({1, 8, 8, 8});
  const ConvOptions options{.padding = 1, .policy = policy};
  cost.call = host_seconds([&] { conv2d(x, w, {}, options, context); }, y);
  cost.call_out = host_seconds([&] { conv2d_out(y, x, w, {}, options, context); }, y);
  return cost;
}

void print_json(const GpuHostCost& cost) {
  const auto& graph = cost.run.graph_seconds;
  const Json json = {{"problem", print(parse_problem(small))}, {"engine", cost.engine},
                     {"run_us", 1e6 * cost.run.host_seconds},  {"kernel_us", graph ? Json(1e6 * *graph) : nullptr},
                     {"conv2d_us", 1e6 * cost.call},           {"conv2d_out_us", 1e6 * cost.call_out}};
  print_result("{}\n", json.dump());
}

void print_table(const GpuHostCost& cost) {
  const auto us = [](double seconds) { return fmt::format("{:.2f}", 1e6 * seconds); };
  print_result("{} on {}\n", small, cost.engine);
  Table table({"", ">us of the host"});
  table.row({"run of a compiled plan", us(cost.run.host_seconds)});
  table.row({"conv2d", us(cost.call)});
  table.row({"conv2d_out", us(cost.call_out)});
  table.print();
  if (cost.run.graph_seconds)
    print_result("In a graph a run takes {} us. The least of many rounds.\n", us(*cost.run.graph_seconds));
}

}  // namespace

int bench_host_gpu(const Policy& policy, bool json, Context& context) {
  const GpuHostCost cost = measure_host(policy, context);
  json ? print_json(cost) : print_table(cost);
  return ok;
}

}  // namespace faltung::cli

#include "faltung/c.h"

#include <memory>
#include <new>
#include <stdexcept>

#include "faltung/faltung.h"
#include "memory/calls.h"

namespace faltung::test {
namespace {

constexpr const char* problem = "fwd f32 nchw n1 c2 k2 i6x6 f3x3 align:4:4:4";

void check(faltung_status status) {
  if (status == FALTUNG_OUT_OF_MEMORY) throw std::bad_alloc();
  if (status != FALTUNG_OK) throw std::runtime_error(faltung_last_error());
}

struct CContext {
  faltung_context* raw = nullptr;
  CContext() { check(faltung_context_create(kDLCPU, 0, &raw)); }
  ~CContext() { faltung_context_destroy(raw); }
};

struct CPlan {
  CContext context;
  faltung_plan* raw = nullptr;
  CPlan() { check(faltung_plan_create(context.raw, problem, nullptr, &raw)); }
  ~CPlan() { faltung_plan_destroy(raw); }
};

struct CWeights {
  faltung_prepared_weights* raw = nullptr;
  explicit CWeights(const CPlan& plan, const void* w) { check(faltung_plan_prepare(plan.raw, w, nullptr, &raw)); }
  ~CWeights() { faltung_prepared_weights_destroy(raw); }
};

float result[32];
std::string result_bits() { return {reinterpret_cast<const char*>(result), sizeof result}; }

DLTensor dl(void* data, std::int64_t* shape, int rank) {
  return {data, {kDLCPU, 0}, rank, {kDLFloat, 32, 1}, shape, nullptr, 0};
}

std::string run() {
  std::int64_t image[]{1, 2, 6, 6}, filter[]{2, 2, 3, 3}, response[]{1, 2, 4, 4};
  const DLTensor x = dl(numbers({72}).data, image, 4), w = dl(numbers({36}).data, filter, 4),
                 y = dl(result, response, 4);
  const CContext context;
  check(faltung_run(context.raw, problem, nullptr, &x, &w, &y, nullptr, nullptr, 1, nullptr));
  return result_bits();
}

std::string run_plan() {
  const CPlan plan;
  check(faltung_plan_run(plan.raw, numbers({72}).data, numbers({36}).data, result, nullptr, nullptr, 1, nullptr, 0,
                         nullptr));
  return result_bits();
}

std::string run_prepared() {
  const CPlan plan;
  const CWeights weights(plan, numbers({36}).data);
  check(faltung_plan_run_prepared(plan.raw, weights.raw, numbers({72}).data, result, nullptr, nullptr, 1, nullptr, 0,
                                  nullptr));
  return result_bits();
}

int alone(void*, int, void (*)(void*), void*) { return 0; }

std::string set_executor() {
  const CContext context;
  const faltung_executor executor{sizeof(faltung_executor), nullptr, 2, alone, nullptr};
  check(faltung_context_set_executor(context.raw, &executor));
  return "";
}

std::string explained() {
  const CContext context;
  char* text = nullptr;
  check(faltung_explain(context.raw, problem, nullptr, &text));
  const std::unique_ptr<char, void (*)(char*)> owner(text, faltung_string_free);
  return text;
}

std::string planned_from_numbers() {
  const CContext context;
  faltung_problem numbers{};
  numbers.size = sizeof(numbers), numbers.rank = 2;
  numbers.batch = 1, numbers.in_channels = 2, numbers.out_channels = 2;
  numbers.dtype = {kDLFloat, 32, 1};
  for (faltung_axis& axis : numbers.axes) axis = {.in = 6, .filter = 3, .out = 0, .stride = 0, .dilation = 0, .pad = 0};
  faltung_plan* plan = nullptr;
  check(faltung_plan_create_from(context.raw, &numbers, nullptr, &plan));
  const std::unique_ptr<faltung_plan, void (*)(faltung_plan*)> planned(plan, faltung_plan_destroy);
  char* text = nullptr;
  check(faltung_problem_print(&numbers, &text));
  const std::unique_ptr<char, void (*)(char*)> owner(text, faltung_string_free);
  return text;
}

std::string named_engines() {
  const CContext context;
  faltung_engine* engines = nullptr;
  std::size_t count = 0;
  check(faltung_context_engines(context.raw, &engines, &count));
  const std::unique_ptr<faltung_engine, void (*)(faltung_engine*)> owner(engines, faltung_engines_free);
  return engines[0].name;
}

std::string failed() {
  const CContext context;
  char* text = nullptr;
  const faltung_status status = faltung_explain(context.raw, "fwd f33", nullptr, &text);
  if (status == FALTUNG_OUT_OF_MEMORY) throw std::bad_alloc();
  return status == FALTUNG_INVALID_ARGUMENT ? "refused" : "taken";
}

}  // namespace

std::vector<Call> calls_of_c() {
  using C = Context&;
  return {{"faltung_context_create", [](C) { return CContext().raw ? "made" : ""; }},
          {"faltung_context_set_executor", [](C) { return set_executor(); }},
          {"faltung_run", [](C) { return run(); }},
          {"faltung_plan_run", [](C) { return run_plan(); }},
          {"faltung_plan_run_prepared", [](C) { return run_prepared(); }},
          {"faltung_explain", [](C) { return explained(); }, Kind::chooses},
          {"faltung_plan_create_from", [](C) { return planned_from_numbers(); }},
          {"faltung_context_engines", [](C) { return named_engines(); }},
          {"a failure of C", [](C) { return failed(); }}};
}

}  // namespace faltung::test

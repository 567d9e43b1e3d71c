#include <filesystem>

#include "faltung/faltung.h"
#include "faltung/info.h"
#include "faltung/torch_selection.h"
#include "faltung/tune.h"
#include "faltung/verify.h"
#include "memory/calls.h"

namespace faltung::test {
namespace {

const ConvProblem& problem() {
  static const ConvProblem* const parsed =
      new ConvProblem(parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3 constw align:4:4:4"));
  return *parsed;
}

alignas(64) float result[32];
const Operands operands{.x = numbers({1, 2, 6, 6}).data, .w = numbers({2, 2, 3, 3}).data, .y = result};
std::string result_bits() { return {reinterpret_cast<const char*>(result), sizeof result}; }

const Policy only_gemm{.only = "cpu.gemm"}, brief{.only = "cpu.gemm", .measure_seconds = 0};

std::string names_of(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += name + " ";
  return all;
}

std::string engines_of(const Context& context) {
  std::string all;
  for (const EngineInfo& engine : context.engines()) all += engine.name + engine.kind + engine.reason;
  return all;
}

std::string outcomes_of(const std::vector<VerifiedVariant>& variants) {
  std::string all;
  for (const VerifiedVariant& variant : variants) all += variant.name + print(variant.comparison);
  return all;
}

// A selection without a winner is how want of memory shows in it.
std::string engine_of(const Selection& selection) { return selection.chosen() ? selection.chosen()->engine : ""; }

std::string records() {
  const std::string text = print(problem());
  return "1e-06 reference - " + text + "\n1e-06 reference - without=cpu.gemm,cpu.window only=a.name.of.some.length " +
         text + "\n";
}

std::string run_prepared(const CompiledConv& compiled) {
  const auto weights = compiled.prepare(operands.w);
  compiled.run(operands, *weights);
  return result_bits();
}

struct Listening {
  Listening() {
    set_trace_hook([](const TraceEvent& event) { (void)print(event); });
  }
  ~Listening() { set_trace_hook({}); }
};

std::string run_plain(const CompiledConv& compiled) {
  compiled.run(operands);
  return result_bits();
}

std::string put_and_listed() {
  const std::string folder = std::filesystem::temp_directory_path().string() + "/faltung_store_without_memory";
  TuningRecord record;
  record.key.problem = problem();
  record.engine = "cpu.gemm";
  record.environment = "device=cpu";
  put_tuning(folder, record);
  return print_tuning(std::vector{list_tuning(folder).at(0).record});
}

}  // namespace

std::vector<Call> calls_of_the_planner() {
  using C = Context&;
  return {
      {"Context", [](C) { return engines_of(Context()); }},
      {"Context::set_executor",
       [](C c) {
         c.set_executor(nullptr);
         return run_plain(compile(problem(), {}, c));
       }},
      {"Context::load_tuning_text",
       [](C c) {
         c.load_tuning_text(records());
         c.load_tuning_text(records());  // in place of those
         return c.tuning_text() + std::string(compile(problem(), {}, c).engine());
       },
       Kind::chooses},
      {"Context::reload_tuning, tuning_environment",
       [](C c) {
         c.reload_tuning();
         return c.tuning_environment();
       }},
      {"put_tuning, list_tuning", [](C) { return put_and_listed(); }},
      {"set_trace_hook, and a run that is told of",
       [](C c) {
         const Listening listening;
         return run_plain(compile(problem(), {}, c));
       }},
      {"parse_problem", [](C) { return print(parse_problem("dgrad bf16 nhwc n2 c8 k8 i9x9 f3x3 s2 p1 bias")); }},
      {"parse_problem_file", [](C) { return std::to_string(parse_problem_file("i9 f3\ni9 f2 *3\n").size()); }},
      {"an error of parse_problem",
       [](C) -> std::string {
         try {
           return print(parse_problem("fwd f33"));
         } catch (const Error& error) {
           if (error.code() == ErrorCode::OutOfMemory) throw;
           return error.what();
         }
       }},
      {"canonical, changed",
       [](C) { return print(canonical(changed(problem(), {.batch = 3, .format = MemoryFormat::channels_last}))); }},
      {"bind",
       [](C) {
         return print(
             bind(problem(), {numbers({1, 2, 6, 6}), numbers({2, 2, 3, 3}), TensorView::of(result, {1, 2, 4, 4})})
                 .problem);
       }},
      {"compile and run", [](C c) { return run_plain(compile(problem(), {}, c)); }},
      {"compile and run with prepared weights", [](C c) { return run_prepared(compile(problem(), only_gemm, c)); }},
      {"compile with another type, layout and pass",
       [](C c) {
         const CompiledConv all =
             compile(parse_problem("dgrad f16:bf16:f32 nhwc n1 c4 k4 g2 i6x6 f3x3 s2 accumulate"), {}, c);
         return std::string(all.engine()) + std::to_string(all.workspace_bytes());
       },
       Kind::chooses},
      {"a problem that no engine takes",
       [](C c) -> std::string {
         try {
           return std::string(compile(problem(), {.only = "trivial"}, c).engine());
         } catch (const Error& error) {
           if (error.code() != ErrorCode::Unsupported) throw;
           return error.what();
         }
       }},
      {"variants_of", [](C c) { return names_of(variants_of(problem(), only_gemm, c)); }},
      {"compile_variant", [](C c) { return run_plain(compile_variant(problem(), "", only_gemm, c)); }},
      {"explain", [](C c) { return print(explain(problem(), {}, c)); }, Kind::chooses},
      {"tune", [](C c) { return engine_of(tune(problem(), brief, c)); }, Kind::chooses, 3},
      {"verify", [](C c) { return print(verify(problem(), only_gemm, c)); }},
      {"verify_variants", [](C c) { return outcomes_of(verify_variants(problem(), only_gemm, c)); }},
      {"info", [](C) { return info().build.version; }},
      {"torch_selection",
       [](C) {
         return names_of(torch_selection({.input = {1, 2, 6, 6}, .weight = {2, 2, 3, 3}}).reasons);
       }},
  };
}

}  // namespace faltung::test

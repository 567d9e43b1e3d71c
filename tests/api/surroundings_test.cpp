// The caller's floating-point environment around what is no convolution: planning, timing, telling and printing.
#include "support/surroundings.h"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "faltung/info.h"
#include "faltung/io.h"
#include "faltung/trace.h"
#include "faltung/tune.h"
#include "faltung/verify.h"
#include "support/tensors.h"

namespace faltung {
namespace {

using test::in;
using test::Setting;

const ConvProblem problem = parse_problem("fwd f32 nchw n1 c8 k8 i9x9 f3x3 p1 add");
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

class Surroundings : public testing::TestWithParam<Setting> {
 protected:
  // What a call returns there is what it returns in the usual environment.
  template <class Call>
  void expect_same(const Call& call) {
    EXPECT_EQ(in(GetParam(), call), call());
  }
};
INSTANTIATE_TEST_SUITE_P(Of, Surroundings, test::all_settings, test::name_of);

TEST_P(Surroundings, DoNotReachTexts) {
  Context context;
  Selection selection = explain(problem, {.without = {"trivial"}, .measure_seconds = 0.7}, context);
  for (Candidate& candidate : selection.candidates) candidate.estimated_seconds = candidate.measured_seconds = 1.0 / 3;
  const TraceEvent event{.selection = selection, .seconds = 0.1 / 3};
  const std::string line = print(event);
  expect_same([&] { return print(selection); });
  expect_same([&] { return print(Comparison{.outcome = Outcome::passed, .max_error = 0.1, .tolerance = 2.0 / 3}); });
  expect_same([&] { return print(event).substr(0, line.find(" at=")); });
}

TEST_P(Surroundings, DoNotReachRecords) {
  const std::string records = "0.123456789 reference - " + print(problem) + "\n";
  expect_same([&] {
    Context context;
    context.load_tuning_text(records);
    return context.tuning_text();
  });
}

TEST_P(Surroundings, DoNotReachWhatAMachineOrAProblemIsSaidToDo) {
  const ConvProblem large = parse_problem("fwd f32 n99991 c99989 k99971 i9x9 f3x3");
  expect_same([&] { return std::pair(flops_of(large), bytes_of(large)); });
  expect_same([] { return info().devices.at(0).bytes_per_second; });
}

TEST_P(Surroundings, DoNotReachNumbersOfFiles) {
  const std::string header = R"({"a":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}})";
  std::string file = static_cast<char>(header.size()) + std::string(7, '\0') + header + "\xff\xff\xff\x01";
  const auto bytes = std::as_bytes(std::span(file));
  expect_same([&] { return parse_safetensors_tensor(bytes, "a", DType::f32).as<const float>()[0]; });
}

TEST_P(Surroundings, DoNotStopTuningAndTiming) {
  const auto runs = in(GetParam(), [] {
    Context context;
    tune(problem, {.measure_seconds = 0.01}, context);
    return std::pair(measure(compile(problem, {}, context), 0.001).runs, measured_peak(DType::f32, 1, 0.001));
  });
  EXPECT_GE(runs.first, 3);
  EXPECT_GT(runs.second, 0);
}

template <class Call>
std::string refusal_of(const Call& call) try {
  call();
  return "none";
} catch (const Error& error) {
  return error.what();
}

TEST_P(Surroundings, DoNotReachRefusals) {
  Context context;
  expect_same([&] { return refusal_of([&] { compile(problem, {.measure_seconds = not_a_number}, context); }); });
  expect_same([&] { return refusal_of([&] { compile(problem, {.only = "trivial"}, context); }).substr(0, 40); });
  const CompiledConv integers = compile(parse_problem("fwd i8 n1 c1 k1 i1 f1 add"), {}, context);
  std::int32_t memory[64]{};
  for (const double alpha : {not_a_number, 0.3})
    expect_same([&] {
      return refusal_of([&] { integers.run({.x = memory, .w = memory, .y = memory, .z = memory, .alpha = alpha}); });
    });
}

TEST_P(Surroundings, AreThoseThatAHookSees) {
  unsigned caller = 0;
  std::vector<unsigned> seen;
  seen.reserve(8);
  set_trace_hook([&](const TraceEvent&) { seen.push_back(test::settings_here()); });
  const Tensor x = Tensor::zeros({1, 8, 9, 9}, DType::f32), w = Tensor::zeros({8, 8, 3, 3}, DType::f32);
  in(GetParam(), [&] {
    Context context;
    caller = test::settings_here();
    conv2d(x, w, {}, {}, context);
    compile(problem, {}, context).prepare(w.data);
    tune(problem, {.measure_seconds = 0.01}, context);
    return 0;
  });
  set_trace_hook({});
  EXPECT_EQ(seen, std::vector(5, caller));
}

// The processor is looked at, and the trace opened, in the first call of a process.
TEST(SurroundingsDeathTest, DoNotStopTheFirstCallsOfAProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto first_calls = [] {
    setenv("FALTUNG_TRACE", "/dev/null", 1);
    in(Setting::trapping, [] {
      Context context;
      compile(problem, {}, context);
      return info().devices.size();
    });
    std::_Exit(0);
  };
  EXPECT_EXIT(first_calls(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace faltung

// The hook: what it is told of, by whom, and what it must not change.
#include "faltung/trace.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "faltung/faltung.h"

namespace faltung {
namespace {

struct Told {
  TraceEvent::Kind kind;
  std::string problem, engine;
  double seconds;
  std::size_t workspace_bytes;
  bool from_cache, failed;
  std::string line;
};

class Trace : public testing::Test {
 protected:
  void SetUp() override {
    set_trace_hook([this](const TraceEvent& event) {
      const Candidate* const chosen = event.selection.chosen();
      const std::lock_guard lock(mutex_);
      told.push_back({event.kind, print(event.selection.problem), chosen ? chosen->engine : "", event.seconds,
                      event.workspace_bytes, event.from_cache, event.failed, print(event)});
    });
  }
  void TearDown() override { set_trace_hook({}); }

  std::vector<Told> told;
  Context context;

 private:
  std::mutex mutex_;
};

const Tensor x = Tensor::zeros({1, 8, 9, 9}, DType::f32), w = Tensor::zeros({8, 8, 3, 3}, DType::f32);
const ConvProblem problem = parse_problem("fwd f32 n1 c8 k8 i9x9 f3x3");

using enum TraceEvent::Kind;

TEST_F(Trace, TellsOfThePlanningOnceAndOfEachCall) {
  for (int i = 0; i < 3; ++i) conv2d(x, w, {}, {}, context);
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[0].kind, plan);
  EXPECT_EQ(told[0].engine, explain(parse_problem(told[0].problem), {}, context).chosen()->engine);
  for (std::size_t call = 1; call < 4; ++call) {
    EXPECT_EQ(told[call].kind, run);
    EXPECT_EQ(told[call].problem, told[0].problem);
    EXPECT_EQ(told[call].engine, told[0].engine);
    EXPECT_EQ(told[call].workspace_bytes, told[0].workspace_bytes);
    EXPECT_EQ(told[call].from_cache, call > 1);
    EXPECT_GT(told[call].seconds, 0);
    EXPECT_FALSE(told[call].failed);
  }
}

TEST_F(Trace, TellsOfPreparedWeightsAndOfTuning) {
  const CompiledConv compiled = compile(problem, {}, context);
  compiled.prepare(w.data);
  tune(problem, {}, context);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1].kind, prepare);
  EXPECT_EQ(told[2].kind, plan);
  EXPECT_NE(told[2].line.find("decision=measured"), std::string::npos) << told[2].line;
}

TEST_F(Trace, TellsOfWhatFails) {
  EXPECT_THROW(compile(problem, {.only = "trivial"}, context), Error);
  const CompiledConv compiled = compile(problem, {.only = "reference"}, context);
  EXPECT_THROW(compiled.run(Operands{}), Error);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[0].failed && told[0].engine.empty());
  EXPECT_FALSE(told[1].failed);
  EXPECT_TRUE(told[2].failed && told[2].engine == "reference");
}

TEST_F(Trace, LinesAreAFileOfTheProblemsThatRan) {
  for (int i = 0; i < 5; ++i) conv2d(x, w, {}, {}, context);
  conv2d(x, w, {}, {.padding = 1}, context);
  std::string text;
  for (const Told& each : told) text += each.line + "\n";
  const auto lines = parse_problem_file(text);
  ASSERT_EQ(lines.size(), 2u) << text;
  EXPECT_EQ(lines[0].count, 5);
  EXPECT_EQ(lines[1].count, 1);
  EXPECT_EQ(print(lines[0].problem), told[0].problem);
}

TEST_F(Trace, WhatAHookThrowsIsDropped) {
  set_trace_hook([](const TraceEvent&) { throw std::runtime_error("not to be seen"); });
  EXPECT_NO_THROW(conv2d(x, w, {}, {}, context));
}

TEST_F(Trace, OfWhatAHookComputesNothingIsTold) {
  int calls = 0;
  set_trace_hook([&](const TraceEvent&) {
    ++calls;
    conv2d(x, w, {}, {.padding = 2}, context);
  });
  conv2d(x, w, {}, {}, context);
  EXPECT_EQ(calls, 2);
}

// It is told when the choice is known to all and nothing is locked.
TEST_F(Trace, AHookMayTuneAndMeasureInTheSameContext) {
  bool known = false;
  Decision tuned = Decision::none;
  set_trace_hook([&](const TraceEvent& event) {
    if (event.kind != plan) return;
    known = compile(problem, {.effort = Effort::Measure}, context).from_cache();
    tuned = tune(problem, {}, context).decision;
  });
  tune(problem, {}, context);
  EXPECT_TRUE(known);
  EXPECT_EQ(tuned, Decision::measured);
  known = false;
  context.clear_cache();
  compile(problem, {.effort = Effort::Measure}, context);
  EXPECT_TRUE(known);
}

TEST_F(Trace, AHookMayReplaceItselfAndIsKeptUntilItReturns) {
  const auto alive = std::make_shared<int>(1);
  bool kept = false;
  set_trace_hook([alive, &kept, weak = std::weak_ptr(alive)](const TraceEvent&) {
    set_trace_hook({});
    kept = !weak.expired();
  });
  conv2d(x, w, {}, {}, context);
  EXPECT_TRUE(kept);
  EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(Trace, HooksComeAndGoWhileThreadsConvolve) {
  std::atomic<bool> end{false};
  std::atomic<int> counted{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!end) conv2d(x, w, {}, {.policy = {.threads = 1}}, context);
    });
  for (int i = 0; i < 200 || counted == 0; ++i)
    set_trace_hook(i % 2 ? TraceHook() : [held = std::make_shared<int>(i), &counted](const TraceEvent&) { ++counted; });
  end = true;
}

}  // namespace
}  // namespace faltung

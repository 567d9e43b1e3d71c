// Properties of cuda.cudnn that lists of problems cannot test: each of its configurations, tuning records, alternating
// layers.
#include <memory>

#include "cuda/gpu.h"
#include "faltung/tune.h"
#include "faltung/verify.h"

namespace faltung {
namespace {

constexpr const char* engine = "cuda.cudnn";

class CudnnOnGpu : public test::Gpu {
 protected:
  void SetUp() override {
    Gpu::SetUp();
    if (IsSkipped()) return;
    for (const EngineInfo& info : context().engines())
      if (info.name == engine && !info.available) GTEST_SKIP() << info.reason;
  }

  // Names of the configurations that could be built and run.
  std::vector<std::string> configurations(const ConvProblem& problem) {
    std::vector<std::string> names;
    for (const Candidate& row : tune(problem, {.only = engine}, context()).candidates)
      if (row.engine == engine && row.measured_seconds) names.push_back(row.variant);
    return names;
  }

  static Context with_record(const ConvProblem& problem, const std::string& variant) {
    Context context(test::gpu);
    context.load_tuning_text("1e-6 " + std::string(engine) + " " + variant + " " + print(problem) + "\n");
    return context;
  }
};

TEST_F(CudnnOnGpu, EveryConfigurationIsRightOnViewsAndUnevenPadsAndAddsWhereAsked) {
  for (const char* text :
       {"fwd f32 [1320,440,110,10,1]:nchw:nchw n2 c8 k16 g2 i9x7 f3x3 p1",
        "dgrad bf16 [1320,0,1,120,12]:nhwc:nhwc n3 c8 k16 i9x7 f3x3 p1",
        "wgrad f32 nhwc:nhwc:[2880,0,1,320,32] n3 c8 k16 i9x7 f3x3 p1", "wgrad f32 nchw n3 c8 k16 i9x7 f2x2 o9x7 p0",
        "wgrad bf16 nwc n2 c8 k8 i50 f2 d4 o50 p4", "dgrad f32 nchw n3 c8 k16 i9x7 f2x2 o9x7 p0",
        "fwd f32 nhwc n3 c8 k16 i9x7 f4x4 o9x7 p1", "wgrad f32 nhwc n2 c16 k16 i9x9 f3x3 p1 accumulate",
        "dgrad f32 nchw n2 c16 k16 i9x9 f3x3 p1 accumulate notf32", "fwd f64 nchw n2 c4 k6 i9x9 f3x3 p1 accumulate"}) {
    const ConvProblem problem = canonical(parse_problem(text));
    const std::vector<std::string> names = configurations(problem);
    EXPECT_FALSE(names.empty()) << text;
    for (const std::string& name : names) {
      Context recorded = with_record(problem, name);
      const Comparison found = verify(problem, {.only = engine, .effort = Effort::TunedOnly}, recorded);
      EXPECT_TRUE(found.passed()) << name << " on " << text << ": " << print(found);
    }
  }
}

TEST_F(CudnnOnGpu, ARecordBecomesThePlanThatItNames) {
  const ConvProblem problem = canonical(parse_problem("fwd bf16 nhwc n2 c16 k16 i12x12 f3x3 p1"));
  for (const std::string& name : configurations(problem)) {
    Context recorded = with_record(problem, name);
    const Selection selection = explain(problem, {}, recorded);
    ASSERT_TRUE(selection.chosen()) << name;
    EXPECT_EQ(selection.decision, Decision::tuned) << name;
    EXPECT_EQ(selection.chosen()->variant, name);
    EXPECT_NE(selection.outline.find(name), std::string::npos) << selection.outline;
  }
}

TEST_F(CudnnOnGpu, ARecordOfAnotherVersionsEngineIsPassedOver) {
  const ConvProblem problem = canonical(parse_problem("fwd f32 nchw n2 c8 k8 i9x9 f3x3 p1"));
  for (const char* name : {"e99999", "e0:k9999=1", "e12.0"}) {
    Context recorded = with_record(problem, name);
    const Selection selection = explain(problem, {}, recorded);
    EXPECT_TRUE(selection.chosen());
    EXPECT_NE(selection.decision, Decision::tuned) << name;
  }
}

// A plan with its own operands.
struct Layer {
  CompiledConv compiled;
  test::Example example;
  test::ExampleOnGpu operands;
  test::GpuBytes workspace;

  Layer(const char* text, unsigned seed, Context& context)
      : compiled(compile(parse_problem(text), {.only = engine}, context)),
        example(compiled.problem(), seed),
        operands(compiled.problem()),
        workspace(compiled.workspace_bytes()) {}

  bool is_right(const test::GpuStream& stream) {
    operands.upload(example, stream.get());
    compiled.run(operands.operands(), workspace.span(), stream.view());
    return operands.result(stream.get()) == example.expected;
  }
};

// Plans and tensors are created and destroyed, so that addresses are reused.
TEST_F(CudnnOnGpu, LayersThatRunInTurnDoNotMixTheirPointers) {
  constexpr const char* problems[] = {"fwd f32 nchw n2 c8 k12 i17x15 f3x3 p1 notf32 notransforms",
                                      "fwd f32 nhwc n2 c8 k12 i17x15 f3x3 p1 notf32 notransforms",
                                      "dgrad f32 nchw n2 c8 k8 i16x16 f3x3 s2 p1 notf32 notransforms",
                                      "wgrad f32 nchw n2 c8 k8 i16x16 f2x2 o16x16 p0 notf32 notransforms"};
  const test::GpuStream stream;
  std::vector<std::unique_ptr<Layer>> layers;
  for (unsigned round = 0; round < 12; ++round) {
    for (const char* text : problems) layers.push_back(std::make_unique<Layer>(text, round, context()));
    for (int turn = 0; turn < 2; ++turn)
      for (auto& layer : layers) EXPECT_TRUE(layer->is_right(stream)) << print(layer->compiled.problem());
    if (round % 3 != 2) continue;
    layers.erase(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(layers.size() / 2));
    context().clear_cache();
  }
}

}  // namespace
}  // namespace faltung

// A run can be captured in a CUDA graph and replayed on new data, with every engine.
#include "cuda/gpu.h"

namespace faltung {
namespace {

constexpr const char* problems[] = {
    "fwd f32 nchw n2 c8 k12 i17x15 f3x3 p1 notf32 notransforms",
    "fwd f32 nhwc n2 c8 k12 i17x15 f3x3 p1 relu notf32 notransforms",
    "dgrad f32 nchw n2 c8 k8 i16x16 f3x3 s2 p1 notf32 notransforms",
    "wgrad f32 nhwc n2 c8 k8 i16x16 f3x3 p1 notf32 notransforms deterministic",
    "fwd f32 nchw n2 c16 k16 g16 i20x20 f3x3 p1 notf32 notransforms",
    "dgrad f32 nchw n2 c16 k16 g16 i20x20 f3x3 p1 notf32 notransforms",
    "wgrad f32 nchw n2 c16 k16 g16 i20x20 f3x3 p1 notf32 notransforms",
    "fwd f32 ncw n2 c16 k16 g16 i50 f4 o50 p3 notf32 notransforms",
    "fwd f32 ncdhw n1 c4 k4 i6x7x8 f3x3x3 p1 notf32 notransforms",
    "fwd f32 nhwc n2 c8 k12 i17x15 f1x1 relu notf32 notransforms",
    "wgrad f32 nhwc n2 c8 k12 i17x15 f1x1 notf32 notransforms",
};

class Graph {
 public:
  // Captures in the strictest mode, which fails on any call that could wait or allocate.
  void capture(const CompiledConv& compiled, const Operands& operands, Workspace workspace,
               const test::GpuStream& stream) {
    test::require(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal));
    EXPECT_NO_THROW(compiled.run(operands, workspace, stream.view()));
    test::require(cudaStreamEndCapture(stream.get(), &graph_));
    test::require(cudaGraphInstantiate(&executable_, graph_, 0));
  }
  void launch(const test::GpuStream& stream) const { test::require(cudaGraphLaunch(executable_, stream.get())); }
  ~Graph() {
    if (executable_) cudaGraphExecDestroy(executable_);
    if (graph_) cudaGraphDestroy(graph_);
  }

 private:
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
};

class Graphs : public test::Gpu {
 protected:
  void capture_and_replay(const CompiledConv& compiled, bool run_before) {
    const test::GpuStream stream;
    const test::ExampleOnGpu operands(compiled.problem());
    const test::GpuBytes workspace(compiled.workspace_bytes());
    ASSERT_TRUE(operands.there() && workspace.there());
    if (run_before) compiled.run(operands.operands(), workspace.span(), stream.view());
    stream.wait();
    Graph graph;
    ASSERT_NO_FATAL_FAILURE(graph.capture(compiled, operands.operands(), workspace.span(), stream));
    for (unsigned seed : {1u, 2u, 3u}) {
      const test::Example example(compiled.problem(), seed);
      operands.upload(example, stream.get());
      graph.launch(stream);
      EXPECT_EQ(operands.result(stream.get()), example.expected);
    }
  }
};

TEST_F(Graphs, AReplayComputesOnTheDataOfItsTime) {
  for (const char* text : problems) {
    for (const CompiledConv& compiled : compile_on_every_engine(parse_problem(text))) {
      SCOPED_TRACE(std::string(compiled.engine()) + " on " + text);
      capture_and_replay(compiled, true);
    }
  }
}

TEST_F(Graphs, TheFirstRunOfAPlanMayBeCaptured) {
  for (const char* text : {"fwd f32 nchw n3 c8 k8 i13x11 f3x3 p1 notf32 notransforms",
                           "fwd f32 nhwc n3 c8 k8 i13x11 f1x1 notf32 notransforms"})
    for (const CompiledConv& compiled : compile_on_every_engine(parse_problem(text))) {
      SCOPED_TRACE(std::string(compiled.engine()) + " on " + text);
      capture_and_replay(compiled, false);
    }
}

}  // namespace
}  // namespace faltung

// One convolution on two GPUs of this machine: the bits of one device, in a graph too, and a rank that does not come.
#include <thread>

#include "cuda/gpu.h"
#include "faltung/nccl_group.h"
#include "shard/whole.h"
#include "support/tensors.h"

namespace faltung {
namespace {

constexpr int divisions = 300;

class Nccl : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = nccl_missing(); !reason.empty()) GTEST_SKIP() << reason;
    int gpus = 0;
    test::require(cudaGetDeviceCount(&gpus));
    if (gpus < 2) GTEST_SKIP() << "there is one GPU; two are needed";
  }

  // Calls body(group, context) for each of two GPUs; what each of them threw.
  static std::vector<std::string> faults_on_gpus(std::chrono::milliseconds patience,
                                                 const std::function<void(Group&, Context&)>& body) {
    std::vector<std::unique_ptr<Group>> groups = nccl_groups({0, 1}, patience);
    std::vector<std::string> faults(groups.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < groups.size(); ++i)
      threads.emplace_back([&, i] {
        try {
          Context context(groups[i]->device());
          test::require(cudaSetDevice(static_cast<int>(i)));
          body(*groups[i], context);
        } catch (const std::exception& error) {
          faults[i] = error.what();
        }
      });
    for (std::thread& thread : threads) thread.join();
    return faults;
  }
  static void on_gpus(const std::function<void(Group&, Context&)>& body) {
    for (const std::string& fault : faults_on_gpus(std::chrono::minutes(2), body)) EXPECT_EQ(fault, "");
  }
};

TEST_F(Nccl, TwoGpusGiveTheBitsOfOneDevice) {
  on_gpus([](Group& group, Context& context) {
    test::RandomProblems random(1);  // the same on both
    for (int i = 0; i < divisions; ++i) {
      test::DividedProblem divided = test::random_division(random, 2);
      const test::Whole whole(divided.problem, random);
      const bool sums = divided.problem.pass == Pass::WeightGrad;  // of integers on the CPU only; 16 bits are rounded
      if (sums && (is_integer(divided.problem.w.dtype) || divided.problem.w.dtype == DType::bf16)) continue;
      try {
        test::compare_part(divided, whole, group, context);
      } catch (const std::exception& error) {
        throw std::runtime_error(error.what() + (": " + test::describe(divided)));
      }
    }
  });
}

// A rank's half of a volume on its GPU, and what comes out.
struct Half {
  static constexpr const char* text = "fwd f32 ndhwc n1 c8 k8 i24x12x12 f3x3x3 p1 notf32 notransforms";
  ConvProblem problem = parse_problem(text);
  Sharding depth{{even_cut(2, 24, 2)}};
  OperandShardings shardings{.x = depth, .w = {}, .y = depth};
  Tensor x, w, y;

  Half(const Group& group, const Context& context) {
    const auto block = [&](Role role) {
      const Dims sizes = local_view(problem, shardings.of(role), role, group.rank(), 2).sizes;
      return Tensor::empty(sizes, DType::f32, MemoryFormat::channels_last, context.device());
    };
    x = block(Role::x), w = block(Role::w), y = block(Role::y);
  }
  OperandViews views() const { return {x, w, y}; }
  // Every element of y away from the volume's border is 27 · 8 · value.
  float middle() const {
    std::vector<float> all = test::values(y.narrow(2, 5, 1).narrow(3, 5, 1).narrow(4, 5, 1));
    return all.front();
  }
};

TEST_F(Nccl, ARunMayBeCapturedInAGraph) {
  on_gpus([](Group& group, Context& context) {
    Half half(group, context);
    fill(half.w, 1);
    test::require(cudaDeviceSynchronize());
    CompiledShardedConv compiled =
        compile_sharded(half.problem, half.shardings, group, {.overlap = Overlap::interior_first}, context);
    cudaStream_t stream = nullptr;
    test::require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    const Execution execution(Stream{context.device(), stream});
    compiled.run(half.views(), 1, execution);
    group.wait(execution.stream);
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    test::require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    compiled.run(half.views(), 1, execution);
    test::require(cudaStreamEndCapture(stream, &graph));
    test::require(cudaGraphInstantiate(&executable, graph, 0));
    for (const float value : {1.0F, 2.0F, 3.0F}) {
      fill(half.x, value, execution);
      test::require(cudaGraphLaunch(executable, stream));
      group.wait(execution.stream);
      if (half.middle() != 27 * 8 * value) throw std::runtime_error("a replay has other data");
      // The plane beside the other rank's, which needs its halo.
      const Tensor border =
          Tensor::borrow(half.y.narrow(2, group.rank() == 0 ? 11 : 0, 1).narrow(3, 5, 1), half.y.owner());
      if (test::values(border)[8 * 5] != 27 * 8 * value) throw std::runtime_error("a replay has another halo");
    }
    cudaGraphExecDestroy(executable);
    cudaGraphDestroy(graph);
    cudaStreamDestroy(stream);
  });
}

TEST_F(Nccl, ARankThatDoesNotComeIsNotWaitedForForEver) {
  const auto faults = faults_on_gpus(std::chrono::seconds(3), [](Group& group, Context& context) {
    Half half(group, context);
    CompiledShardedConv compiled = compile_sharded(half.problem, half.shardings, group, {}, context);
    if (group.rank() == 1) {
      std::this_thread::sleep_for(std::chrono::seconds(5));
      return;
    }
    compiled.run(half.views());
    group.wait({context.device()});
  });
  EXPECT_NE(faults[0].find("waited 3000 ms for the others, in vain"), std::string::npos) << faults[0];
}

TEST_F(Nccl, ARankThatFailsSaysWhy) {
  const auto faults = faults_on_gpus(std::chrono::minutes(2), [](Group& group, Context& context) {
    Half half(group, context);
    CompiledShardedConv compiled = compile_sharded(half.problem, half.shardings, group, {}, context);
    OperandViews views = half.views();
    if (group.rank() == 1) views.w = {};
    compiled.run(views);
    group.wait({context.device()});
  });
  EXPECT_EQ(faults[1], "w is left out; the problem needs it");
  EXPECT_EQ(faults[0], "rank 1 failed: w is left out; the problem needs it");
}

}  // namespace
}  // namespace faltung

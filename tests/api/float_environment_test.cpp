// The caller's floating-point environment: no result depends on it, and it is as before after every call.
#include <cfenv>
#include <cmath>
#include <cstring>
#include <thread>

#include "support/pools.h"
#include "support/surroundings.h"
#include "support/tensors.h"

namespace faltung {
namespace {

using test::in;
using test::Setting;
using test::Surroundings;

class FloatEnvironment : public testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(Of, FloatEnvironment, test::all_settings, test::name_of);

// Numbers whose sums round, among them such as become subnormal.
Tensor thirds(const Dims& sizes, float scale = 1, DType dtype = DType::f32) {
  const Tensor tensor = Tensor::empty(sizes, DType::f32);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.as<float>()[i] = scale * static_cast<float>(i * 7919 % 10007) / 30021.0f;
  return cast(tensor, dtype);
}

struct Step {
  Tensor x, w, z = thirds({4, 16, 24, 24}, 1, w.dtype), b = thirds({16}, 1, w.dtype);
  std::vector<Tensor> run(Context& context) const {
    const ConvOptions options{.padding = 1};
    const Tensor y = convolution_add_relu(x, w, z, 0.1, b, options, context),
                 plain = conv2d(x, w, {}, options, context);
    const Gradients gradients = convolution_backward(y, x, w, options, {true, true, true}, context);
    return {y, plain, gradients.input, gradients.weight, gradients.bias};
  }
};

void expect_same_bits(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_EQ(
        std::memcmp(got[i].data, want[i].data, static_cast<std::size_t>(want[i].numel()) * size_of(want[i].dtype)), 0)
        << "result " << i;
}

TEST_P(FloatEnvironment, ResultsAreTheSameBits) {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
    for (const int threads : {1, 4})
      for (const float scale : {1.0f, 1e-38f}) {
        const Step step{thirds({4, 16, 24, 24}, scale, dtype), thirds({16, 16, 3, 3}, 1, dtype)};
        Context context = test::context_of(threads), other = test::context_of(threads);
        const std::vector<Tensor> want = step.run(context);
        expect_same_bits(in(GetParam(), [&] { return step.run(context); }), want);
        expect_same_bits(in(GetParam(), [&] { return step.run(other); }), want);  // planned within, too
      }
}

TEST_P(FloatEnvironment, ThreadsThatStartWithinRoundAsAllOthers) {
  const Step step{thirds({4, 16, 24, 24}), thirds({16, 16, 3, 3})};
  Context usual = test::context_of(4), within = test::context_of(4);
  const std::vector<Tensor> want = step.run(usual);
  in(GetParam(), [&] { return step.run(within); });
  expect_same_bits(step.run(within), want);
}

TEST_P(FloatEnvironment, CastsRoundToNearestEven) {
  const Tensor wide = thirds({40000}, 1, DType::f64), tiny = thirds({40000}, 1e-40f);
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16, DType::i8})
    for (const Tensor& from : {wide, tiny})
      expect_same_bits({in(GetParam(), [&] { return cast(from, dtype); })}, {cast(from, dtype)});
  const Tensor filled = Tensor::empty({8}, DType::f32);
  in(GetParam(), [&] { return fill(filled, 0.1), 0; });
  EXPECT_EQ(filled.as<float>()[7], 0.1f);
}

TEST_P(FloatEnvironment, SixteenBitNumbersAreMadeAlike) {
  for (float value = 0x1.8p-25f; value < 0x1p-13f; value *= 1.001f) {
    const auto [half, brain] = in(GetParam(), [&] { return std::pair(Half(value), BFloat16(value)); });
    EXPECT_EQ(half.bits, Half(value).bits) << value;
    EXPECT_EQ(brain.bits, BFloat16(value).bits) << value;
  }
}

TEST_P(FloatEnvironment, IsTheCallersAgainAfterwards) {
  const Step step{thirds({4, 16, 24, 24}), thirds({16, 16, 3, 3})};
  Context context = test::context_of(4);
  const int usual = std::fegetround();
  int before = 0, after = 0;
  in(GetParam(), [&] {
    before = std::fegetround();
    step.run(context);
    after = std::fegetround();
    return 0;
  });
  EXPECT_EQ(before, after);
  EXPECT_EQ(std::fegetround(), usual);
}

TEST_P(FloatEnvironment, KeepsItsFlushingAndItsTraps) {
  const Tensor x = thirds({40000});
  unsigned before = 0, after = 0;
  in(GetParam(), [&] {
    before = test::settings_here();
    cast(x, DType::f16);
    after = test::settings_here();
    return 0;
  });
  EXPECT_EQ(before, after);
}

// An executor's thread has the environment of the application.
TEST_P(FloatEnvironment, OfAnExecutorsThreadsDoesNotMatterEither) {
  class OneThread : public Executor {
   public:
    explicit OneThread(Setting setting) : setting_(setting) {}
    int threads() const noexcept override { return 2; }
    int submit(int, void (*work)(void*) noexcept, void* argument) override {
      std::thread([=, setting = setting_] {
        const Surroundings scope(setting);
        work(argument);
      }).detach();
      return 1;
    }

   private:
    Setting setting_;
  };
  const Step step{thirds({4, 16, 24, 24}), thirds({16, 16, 3, 3})};
  Context usual = test::context_of(1), theirs;
  theirs.set_executor(std::make_shared<OneThread>(GetParam()));
  const std::vector<Tensor> want = step.run(usual);
  for (int repeat = 0; repeat < 5; ++repeat) expect_same_bits(step.run(theirs), want);
}

}  // namespace
}  // namespace faltung

// Where memory is short, a call still takes what there is.
#include "support/tensors.h"

namespace faltung {
namespace {

// One number seen as a picture of 2^48: a copy of it fits into no address space.
constexpr std::int64_t side = std::int64_t{1} << 24;

class ShortMemory : public testing::Test {
 protected:
  ShortMemory() {
    fill(number_, 3);
    fill(weight_, 2);
    // The engine that copies is the first choice.
    context_.load_tuning_text(
        "1e-6 rewrite.relayout nchw fwd f32 [0,0,0,0,0]:nchw:nchw c1 k1 i16777216x16777216 f1x1 s8388608\n");
  }
  Tensor run(Policy policy) {
    const TensorView picture(number_.data, DType::f32, {1, 1, side, side}, {0, 0, 0, 0});
    return conv2d(picture, weight_, {}, {.stride = side / 2, .policy = policy}, context_);
  }

  Context context_;
  Tensor number_ = Tensor::empty({1}, DType::f32), weight_ = Tensor::empty({1, 1, 1, 1}, DType::f32);
};

TEST_F(ShortMemory, IsAnErrorWhereNoOtherPlanIsAllowed) {
  try {
    run({.only = "rewrite.relayout"});
    FAIL() << "a copy of 2^50 bytes was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
  }
}

TEST_F(ShortMemory, MakesCallsTakeAPlanWithLessWorkspace) {
  const Tensor result = run({});
  EXPECT_GT(context_.cache_statistics().entries, 1U) << "the first plan was not the one that copies";
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(result.as<float>()[i], 6.0F);
}

TEST_F(ShortMemory, ForTheResultShowsBeforePlanning) {
  const Tensor signal = Tensor::zeros({1, 1, 18}, DType::f32), tap = Tensor::zeros({1, 1, 1}, DType::f32);
  try {
    conv1d(signal, tap, {}, {.padding = std::int64_t{1} << 48}, context_);
    FAIL() << "there were 2^51 bytes";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
  }
  EXPECT_EQ(context_.cache_statistics().misses, 0U);
}

}  // namespace
}  // namespace faltung

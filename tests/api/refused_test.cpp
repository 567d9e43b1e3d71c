// Calls that cannot mean a convolution: refused with the fact, what would be right, and the call; nothing is written.
#include <functional>

#include "support/tensors.h"

namespace faltung {
namespace {

Tensor zeros(const Dims& sizes, DType dtype = DType::f32) { return Tensor::zeros(sizes, dtype); }

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "the call was not refused";
  return {};
}

void expect_refused(const std::function<void()>& call, const std::string& fact) {
  EXPECT_NE(message_of(call).find(fact), std::string::npos) << message_of(call);
}

struct BadCall {
  const char* name;
  Dims input, weight;
  ConvOptions options;
  const char* fact;
};

const std::int64_t huge = std::int64_t{1} << 62;

const std::vector<BadCall>& bad_calls() {
  static const std::vector<BadCall> calls = {
      {"WeightRank", {1, 3, 8}, {4, 3}, {}, "weight has 2 axes; it must have 3, 4 or 5"},
      {"InputRank", {8, 8}, {4, 3, 3, 3}, {}, "input has 2 axes; it must have 4, or 3 without a batch"},
      {"Groups", {1, 3, 8, 8}, {4, 3, 3, 3}, {.groups = 0}, "groups is 0; it must be positive"},
      {"GroupsDoNotDivide", {1, 4, 8, 8}, {3, 2, 3, 3}, {.groups = 2}, "must be a positive multiple of groups 2"},
      {"NoOutputChannels", {1, 4, 8, 8}, {0, 4, 3, 3}, {}, "must be a positive multiple of groups 1"},
      {"Channels", {1, 4, 8, 8}, {4, 3, 3, 3}, {}, "weight has 3 input channels in each of 1 groups, but input has 4"},
      {"TransposedChannels", {1, 3, 8, 8}, {4, 4, 3, 3}, {.transposed = true}, "weight is for 4 input channels"},
      {"StrideCount", {1, 3, 8, 8}, {4, 3, 3, 3}, {.stride = {1, 1, 1}}, "stride has 3 values; 1 or 2 are right"},
      {"PaddingCount", {1, 3, 8, 8}, {4, 3, 3, 3}, {.padding = {1, 1, 1}}, "padding has 3 values"},
      {"PairCount", {1, 3, 8}, {4, 3, 3}, {.padding = {{1, 1}, {1, 1}}}, "padding has 2 values; 1 or 1 are right"},
      {"Stride", {1, 3, 8, 8}, {4, 3, 3, 3}, {.stride = {1, 0}}, "stride is 0; it must be positive"},
      {"Dilation", {1, 3, 8, 8}, {4, 3, 3, 3}, {.dilation = -1}, "dilation is -1; it must be positive"},
      {"Padding", {1, 3, 8, 8}, {4, 3, 3, 3}, {.padding = -1}, "padding is -1; it must not be negative"},
      {"Reflect",
       {1, 3, 8, 5},
       {4, 3, 3, 3},
       {.padding = 5, .padding_mode = Border::reflect},
       "padding is 5 in spatial axis 1; padding_mode reflect needs less than the input's extent 5"},
      {"ReflectBeyondWhatIsRead",
       {1, 3, 5},
       {4, 3, 1},
       {.stride = 9, .padding = {{0, 5}}, .padding_mode = Border::reflect},
       "padding is 5 in spatial axis 0; padding_mode reflect needs less than the input's extent 5"},
      {"ReflectSame",
       {1, 3, 2},
       {4, 3, 5},
       {.padding = "same", .padding_mode = Border::reflect},
       "padding is 2 in spatial axis 0; padding_mode reflect needs less than the input's extent 2"},
      {"Circular",
       {1, 3, 8, 5},
       {4, 3, 3, 3},
       {.padding = 6, .padding_mode = Border::circular},
       "padding is 6 in spatial axis 1; padding_mode circular needs at most the input's extent 5"},
      {"ReplicateNothing",
       {0, 3, 0},
       {4, 3, 1},
       {.padding = 1, .padding_mode = Border::replicate},
       "spatial axis 0 is empty; padding_mode replicate has nothing to pad it with"},
      {"BorderOfTransposed",
       {1, 3, 8},
       {3, 4, 3},
       {.padding = 1, .transposed = true, .padding_mode = Border::circular},
       "padding_mode is circular; a transposed convolution has zeros only"},
      {"UnknownBorder", {1, 3, 8}, {4, 3, 3}, {.padding_mode = static_cast<Border>(9)}, "padding_mode is none of"},
      {"OutputPadding", {1, 3, 8, 8}, {4, 3, 3, 3}, {.output_padding = 1}, "only a transposed convolution has one"},
      {"OutputPaddingTooBig",
       {1, 3, 8, 8},
       {3, 4, 3, 3},
       {.stride = 2, .output_padding = 2, .transposed = true},
       "it must be less than stride 2 or dilation 1"},
      {"OutputPaddingOfSame",
       {1, 3, 8, 8},
       {3, 4, 3, 3},
       {.stride = 2, .padding = "same", .output_padding = 1, .transposed = true},
       "fixes the output's extent"},
      {"FilterTooLarge", {1, 3, 8, 2}, {4, 3, 3, 3}, {}, "the filter spans 3 elements of spatial axis 1"},
      {"CroppedAway", {1, 3, 8, 8}, {4, 3, 3, 3}, {.padding = {{-3, -3}, {0, 0}}}, "the padded input has 2"},
      {"FilterExtent", {1, 3, 8, 8}, {4, 3, 0, 3}, {}, "extent in spatial axis 0 is 0"},
      {"InputExtent", {1, 3, 0, 8}, {4, 3, 3, 3}, {.padding = 2}, "the input's extent in spatial axis 0 is 0"},
      {"TransposedAway",
       {1, 3, 1, 1},
       {3, 4, 3, 3},
       {.padding = 2, .transposed = true},
       "the output would have extent -1"},
      {"HugeDilation", {1, 3, 8, 8}, {4, 3, 3, 3}, {.dilation = huge}, "exceeds 2^60"},
      {"HugePadding", {1, 3, 8, 8}, {4, 3, 3, 3}, {.padding = huge}, "exceeds 2^60"},
      {"HugePaddingCropped",
       {1, 3, 8, 8},
       {4, 3, 3, 3},
       {.padding = {{huge, -huge}, {0, 0}}},
       "the padding of spatial axis 0 exceeds 2^60"},
      {"HugeOutput", {1, 3, 8, 8}, {4, 3, 3, 3}, {.padding = std::int64_t{1} << 40}, "more than 2^60 bytes"},
      {"HugeTransposed",
       {1, 3, 8, 8},
       {3, 4, 3, 3},
       {.stride = std::int64_t{1} << 40, .transposed = true},
       "more than 2^60 bytes"},
      {"HugeGroups", {1, 3, 8, 8}, {4, 3, 3, 3}, {.groups = huge}, "must be a positive multiple"},
  };
  return calls;
}

class Refused : public testing::TestWithParam<BadCall> {};

TEST_P(Refused, InEveryFunctionWithTheFactAndTheCall) {
  const BadCall& bad = GetParam();
  const Tensor x = zeros(bad.input), w = zeros(bad.weight), out = Tensor::empty({1}, DType::f32);
  fill(out, 7);
  expect_refused([&] { convolution_sizes(bad.input, bad.weight, bad.options); }, bad.fact);
  expect_refused([&] { convolution(x, w, {}, bad.options); }, bad.fact);
  expect_refused([&] { convolution_out(out, x, w, {}, bad.options); }, bad.fact);
  expect_refused([&] { convolution_backward(out, x, w, bad.options); }, bad.fact);
  expect_refused([&] { convolution_double_backward(x, {}, {}, out, x, w, bad.options); }, bad.fact);
  EXPECT_EQ(*out.as<float>(), 7);
  EXPECT_NE(message_of([&] { convolution(x, w, {}, bad.options); }).find("| input ["), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Calls, Refused, testing::ValuesIn(bad_calls()),
                         [](const auto& call) { return std::string(call.param.name); });

TEST(RefusedOperands, DiffersInTypeShapeOrDevice) {
  const Tensor x = zeros({1, 3, 8, 8}), w = zeros({4, 3, 3, 3});
  expect_refused([&] { conv2d(x, zeros({4, 3, 3, 3}, DType::f64)); }, "weight is f64, but input is f32");
  expect_refused([&] { conv2d(x, w, zeros({4}, DType::f64)); }, "bias is f64, but input is f32");
  expect_refused([&] { conv2d(x, w, zeros({5})); }, "bias has the shape [5]; [4] is right");
  expect_refused([&] { conv2d(x, w, zeros({4, 1})); }, "bias has the shape [4,1]; [4] is right");
  expect_refused(
      [&] {
        conv2d(zeros({1, 3, 8, 8}, DType::boolean), zeros({4, 3, 3, 3}, DType::boolean));
      },
      "no convolution is defined on bool");
  expect_refused([&] { conv2d({}, w); }, "input is left out");
  expect_refused([&] { conv2d(x, {}); }, "weight is left out");
  expect_refused([&] { conv1d(x, w); }, "weight has 4 axes; it must have 3");
  TensorView elsewhere = w;
  elsewhere.device = {DeviceType::cuda, 0};
  expect_refused([&] { conv2d(x, elsewhere); }, "another device");
  TensorView both = x;
  both.device = elsewhere.device;
  expect_refused([&] { conv2d(both, elsewhere); }, "the operands lie on cuda:0, but the context is of cpu:0");
}

TEST(RefusedOperands, HaveNoMemoryOrLieAskew) {
  const Tensor x = zeros({1, 3, 8, 8}), w = zeros({4, 3, 3, 3});
  TensorView null = x, askew = x;
  null.data = nullptr;
  expect_refused([&] { conv2d(null, w); }, "input has elements but no memory");
  askew.data = static_cast<char*>(x.data) + 2;
  expect_refused([&] { conv2d(askew, w); }, "no multiple of 4");
}

TEST(RefusedOperands, AreGradientsOfAWrongShape) {
  const Tensor x = zeros({1, 3, 8, 8}), w = zeros({4, 3, 3, 3}), gy = zeros({1, 4, 6, 6});
  expect_refused(
      [&] {
        convolution_backward(zeros({1, 4, 5, 6}), x, w);
      },
      "grad_output has the shape [1,4,5,6]; [1,4,6,6]");
  expect_refused([&] { convolution_backward({}, x, w); }, "grad_output is left out");
  expect_refused([&] { convolution_double_backward(zeros({1, 3, 8, 7}), {}, {}, gy, x, w); }, "gg_input has the shape");
  expect_refused(
      [&] {
        convolution_double_backward({}, zeros({4, 3, 3, 2}), {}, gy, x, w);
      },
      "gg_weight has the shape");
  expect_refused([&] { convolution_double_backward({}, {}, zeros({3}), gy, x, w); }, "gg_bias has the shape");
}

TEST(RefusedOperands, AreMappedAlongAxesThatDoNotExistOrAgree) {
  const Tensor x = zeros({2, 1, 3, 8, 8}), w = zeros({3, 4, 3, 3, 3});
  expect_refused([&] { vmap_convolution(x, w, {}, {.input = 5, .weight = 0}); }, "input has no axis 5");
  expect_refused([&] { vmap_convolution(x, w, {}, {.input = -6, .weight = 0}); }, "input has no axis -6");
  expect_refused([&] { vmap_convolution(x, w, {}, {.input = 0, .weight = 0}); }, "mapped axes must agree");
  expect_refused([&] { vmap_convolution(x, w, {}, {.input = 0, .bias = 0}); },
                 "bias is left out, but its axis 0 is mapped");
}

TEST(RefusedOperands, AreMappedBeyondWhatCanBeCounted) {
  const Tensor one = zeros({1}), w = zeros({4, 3, 3, 3});
  const TensorView many(one.data, DType::f32, {huge, 1, 3, 8, 8}, {0, 0, 0, 0, 0});
  expect_refused([&] { vmap_convolution(many, w, {}, {.input = 0}); }, "more than 2^60 bytes");
}

TEST(RefusedOperands, RepeatOneElementMoreOftenThanMemoryHolds) {
  const Tensor one = zeros({1}), w = zeros({1, 1, 1, 1});
  const auto repeated = [&](std::int64_t count) {
    return TensorView(one.data, DType::f32, {count, 1, 1, 1}, {0, 0, 0, 0});
  };
  const auto backward = [&](const TensorView& many) {
    convolution_backward(many, many, w, {}, {.input = true, .weight = false, .bias = false});
  };
  expect_refused([&] { backward(repeated(INT64_C(1) << 59)); }, "input would have more than 2^60 bytes");
  try {
    backward(repeated(INT64_C(1) << 57));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
  }
}

TEST(RefusedOutputs, DoNotFitOrOverlap) {
  const Tensor x = zeros({1, 1, 8, 8}), w = zeros({1, 1, 3, 3}), memory = zeros({200});
  const auto into = [&](const TensorView& out) { conv2d_out(out, x, w); };
  const auto view = [&](Dims strides) { return TensorView(memory.data, DType::f32, {1, 1, 6, 6}, strides); };
  into(view({36, 36, 6, 1}));  // a good one
  expect_refused([&] { into({}); }, "out is left out");
  expect_refused([&] { into(zeros({1, 1, 6, 5})); }, "out has the shape [1,1,6,5]; [1,1,6,6] is right");
  expect_refused([&] { into(zeros({1, 1, 6, 6}, DType::f64)); }, "out is f64, but input is f32");
  expect_refused([&] { into(view({36, 36, 0, 1})); }, "stride 0 in axis 2");
  expect_refused([&] { into(view({36, 36, -6, 1})); }, "stride -6 in axis 2");
  expect_refused([&] { into(view({36, 36, 5, 1})); }, "must not overlap");
  expect_refused([&] { into(TensorView(x.data, DType::f32, {1, 1, 6, 6}, {36, 36, 6, 1})); }, "overlaps an operand");
  const Tensor gy = zeros({1, 1, 6, 6}), one = zeros({1, 1, 8, 8});
  const TensorView inside(one.data, DType::f32, {1, 1, 3, 3}, {9, 9, 3, 1});
  expect_refused([&] { convolution_backward_out({.input = one, .weight = inside}, gy, x, w); }, "overlaps");
}

TEST(RefusedFusions, NeedRealNumbersOrZ) {
  const Tensor x = zeros({1, 1, 8, 8}, DType::cf32), w = zeros({1, 1, 3, 3}, DType::cf32);
  expect_refused([&] { convolution_relu(x, w); }, "the activation relu needs real numbers");
  const Tensor xi = zeros({1, 1, 8, 8}, DType::i32), wi = zeros({1, 1, 3, 3}, DType::i32);
  expect_refused([&] { convolution_fused(xi, wi, {}, {.activation = Activation::silu}); }, "needs floating point");
  expect_refused([&] { convolution_add_relu(xi, wi, {}); }, "z is left out");
  expect_refused([&] { convolution_add_relu(xi, wi, zeros({1, 1, 6, 5}, DType::i32)); }, "z has the shape");
}

TEST(RefusedPadding, ModeHasNoSuchName) {
  expect_refused([] { Padding("sam"); }, "padding mode \"sam\" is unknown");
  expect_refused([] { Padding("amounts"); }, "is unknown");
  expect_refused([] { PerAxis({1, 1, 1, 1, 1, 1, 1, 1, 1}); }, "a parameter has 9 values");
}

}  // namespace
}  // namespace faltung

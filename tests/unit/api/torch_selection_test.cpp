#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "api/torch_selection_view.h"

namespace faltung {
namespace {

using enum TorchBackend;

// A CPU call that oneDNN takes; the tests change what they are about.
TorchCall call(Dims input = {2, 8, 16, 16}, Dims weight = {8, 8, 3, 3}) {
  TorchCall c;
  c.input = input;
  c.weight = weight;
  return c;
}
TorchCall cuda(Dims input = {2, 8, 16, 16}, Dims weight = {8, 8, 3, 3}) {
  TorchCall c = call(input, weight);
  c.device = "cuda";
  return c;
}
TorchCall depthwise(std::int64_t batch, std::int64_t channels, std::int64_t width, std::int64_t filter,
                    std::int64_t stride) {
  TorchCall c = cuda({batch, channels, width, width}, {channels, 1, filter, filter});
  c.groups = channels;
  c.dtype = DType::f16;
  c.stride = {stride};
  c.padding = {filter / 2};
  return c;
}
TorchBackend chosen(const TorchCall& c) { return torch_selection(c).backend; }

void expect_refused(const TorchCall& c, std::string_view reason) {
  const TorchSelection selection = torch_selection(c);
  EXPECT_TRUE(selection.refused());
  ASSERT_EQ(selection.reasons.size(), 1u);
  EXPECT_NE(selection.reasons[0].find(reason), std::string::npos) << selection.reasons[0];
}

TEST(TorchSelection, EveryBackendHasItsNameAndOnlyRefusedIsRefused) {
  EXPECT_EQ(name_of(CudaDepthwise2d), "CudaDepthwise2d");
  EXPECT_EQ(name_of(Overrideable), "Overrideable");
  EXPECT_EQ(name_of(MpsTranspose), "MpsTranspose");
  EXPECT_EQ(name_of(Refused), "refused");
  EXPECT_EQ(static_cast<int>(Refused), 23);
}

TEST(TorchSelection, ReasonsHoldOneLineForEachRuleTriedAndEndWithTheChoice) {
  const TorchSelection selection = torch_selection(call());
  EXPECT_EQ(selection.backend, Mkldnn);
  EXPECT_GT(selection.reasons.size(), 5u);
  EXPECT_TRUE(selection.reasons.back().starts_with("Mkldnn: yes"));
  EXPECT_TRUE(std::all_of(selection.reasons.begin(), selection.reasons.end() - 1,
                          [](const std::string& line) { return line.find(": no, ") != std::string::npos; }));
}

TEST(TorchSelection, ArgumentsPyTorchRefusesAreRefusedWithTheFact) {
  TorchCall c = call();
  c.groups = 0;
  expect_refused(c, "groups is 0");
  c.groups = 3;
  expect_refused(c, "does not divide");
  c = call(), c.stride = {0};
  expect_refused(c, "stride is below 1");
  c = call(), c.padding = {-1};
  expect_refused(c, "padding is below 0");
  c = call(), c.dilation = {-1};
  expect_refused(c, "dilation is below 0");
  c = call(), c.output_padding = {-1};
  expect_refused(c, "output_padding is below 0");
  c = call(), c.stride = {1, 1, 1};
  expect_refused(c, "stride has 3 values");
  c = call(), c.bias = Dims{7};
  expect_refused(c, "bias");
  c = call(), c.dtype = DType::boolean;
  expect_refused(c, "bool");
  expect_refused(call({2, 7, 16, 16}), "7 channels");
  expect_refused(call({8, 16}), "rank");
  expect_refused(call({2, 8}, {8, 8}), "rank 2");
  expect_refused(call({2, 8, 2, 2}), "kernel reaches over 3 elements, the padded input has 2");
  expect_refused(call({2, 0, 16, 16}, {0, 0, 3, 3}), "fewer rows");
}

TEST(TorchSelection, SizesBeyondSixtyFourBitsAreRefusedNotWrapped) {
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  TorchCall c = call();
  c.padding = {huge};
  expect_refused(c, "64 bits");
  c = call(), c.dilation = {huge};
  expect_refused(c, "64 bits");
  expect_refused(call({huge, 8, 16, 16}), "64 bits");
  c = call({2, 8, 16, 16}, {8, huge, 3, 3}), c.groups = 8;
  expect_refused(c, "64 bits");
}

TEST(TorchSelection, ExtentZeroBesidesBatchAndChannelsIsRefused) {
  TorchCall c = call({2, 8, 0, 16});
  c.padding = {2};
  EXPECT_EQ(chosen(c), Refused);
  c.input = {0, 8, 0, 16};
  EXPECT_EQ(chosen(c), Empty);
  c.mkldnn_tensor = true;
  EXPECT_EQ(chosen(c), MkldnnEmpty);
}

TEST(TorchSelection, AnInputWithoutBatchCountsAsOneImage) {
  TorchCall c = call({8, 16, 16}, {8, 8, 1, 1});
  c.flags.threads = 1;
  EXPECT_EQ(chosen(c), Slow2d);
  c.input = {16, 8, 16, 16};
  EXPECT_EQ(chosen(c), Mkldnn);
}

TEST(TorchSelection, ComplexIsAnsweredForItsRealParts) {
  TorchCall c = call();
  c.dtype = DType::cf32;
  EXPECT_EQ(chosen(c), Mkldnn);
  c.dtype = DType::cf64;
  EXPECT_EQ(chosen(c), Slow2d);
}

TEST(TorchSelection, OneDimensionalChannelsLastIsNotSeen) {
  TorchCall c = cuda({2, 8, 64}, {8, 1, 3});
  c.groups = 8;
  c.input_channels_last = true;
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  EXPECT_EQ(torch_selection(c).format, TorchFormat::Contiguous);
}

TEST(TorchSelection, AChannelsLastWeightAloneDecidesTheLayoutUnlessDouble) {
  TorchCall c = cuda();
  c.weight_channels_last = true;
  EXPECT_EQ(torch_selection(c).format, TorchFormat::ChannelsLast);
  c.dtype = DType::f64;
  EXPECT_EQ(torch_selection(c).format, TorchFormat::Contiguous);
  c = cuda({2, 8, 8, 8, 8}, {8, 8, 3, 3, 3}), c.input_channels_last = true;
  EXPECT_EQ(torch_selection(c).format, TorchFormat::ChannelsLast3d);
}

TEST(TorchSelection, SlowKernelsFollowTheLayoutOnTheCpuOnly) {
  TorchCall c = call();
  c.dtype = DType::f64;
  c.input_channels_last = true;
  EXPECT_EQ(chosen(c), Slow2d);
  EXPECT_EQ(torch_selection(c).format, TorchFormat::ChannelsLast);
  c.device = "cuda";
  c.flags.cudnn_enabled = false;
  EXPECT_EQ(chosen(c), Slow2d);
  EXPECT_EQ(torch_selection(c).format, TorchFormat::Contiguous);
}

TEST(TorchSelection, Cudnn98To914IsNotTrustedWithContiguousSixteenBitConv3d) {
  TorchCall c = cuda({2, 8, 8, 8, 8}, {8, 8, 3, 3, 3});
  c.dtype = DType::bf16;
  for (auto [version, backend] :
       {std::pair{90799, Cudnn}, {90800, SlowDilated3d}, {91499, SlowDilated3d}, {91500, Cudnn}}) {
    c.flags.cudnn_version = version;
    EXPECT_EQ(chosen(c), backend) << version;
  }
  c.flags.cudnn_version = 91000;
  c.weight = {8, 8, 1, 1, 1};
  EXPECT_EQ(chosen(c), Cudnn);
  c.weight = {8, 8, 3, 3, 3};
  c.input_channels_last = true;
  EXPECT_EQ(chosen(c), Cudnn);
  c.input_channels_last = false;
  c.dtype = DType::f32;
  EXPECT_EQ(chosen(c), Cudnn);
}

TEST(TorchSelection, ASampleBeyond32BitsNeedsCudnn93AndTheV8Api) {
  TorchCall c = cuda({1, 8, 20000, 20000});
  EXPECT_EQ(chosen(c), Cudnn);
  c.flags.cudnn_version = 90299;
  EXPECT_EQ(chosen(c), Slow2d);
  c.flags = {};
  c.flags.cudnn_v8_api = false;
  EXPECT_EQ(chosen(c), Slow2d);
  c.input = {8, 8, 10000, 10000};  // a large batch is split
  EXPECT_EQ(chosen(c), Cudnn);
  c.input = {1, 1, 10000, 10000};  // a small input with a large output
  c.weight = {64, 1, 3, 3};
  EXPECT_EQ(chosen(c), Slow2d);
  c = cuda({1, 8, 1000, 1000}, {8, 8, 3, 3}), c.transposed = true, c.stride = {20};
  c.flags.cudnn_v8_api = false;
  EXPECT_EQ(chosen(c), SlowTranspose2d);
}

TEST(TorchSelection, CudnnFlagsSwitchItOff) {
  TorchCall c = cuda();
  c.flags.cudnn_built = false;
  EXPECT_EQ(chosen(c), Slow2d);
  c = cuda(), c.flags.cudnn_bf16 = false;
  EXPECT_EQ(chosen(c), Cudnn);
  c.dtype = DType::bf16;
  EXPECT_EQ(chosen(c), Slow2d);
  c = cuda(), c.flags.cudnn_dilated = false, c.dilation = {2};
  EXPECT_EQ(chosen(c), SlowDilated2d);
  c.weight_channels_last = true;
  EXPECT_EQ(chosen(c), Cudnn);
}

TEST(TorchSelection, OutputPaddingNotBelowTheStrideLeavesTheLibraries) {
  for (const char* device : {"cpu", "cuda"}) {
    TorchCall c = call();
    c.device = device;
    c.transposed = true;
    c.stride = {2};
    c.output_padding = {1};
    EXPECT_EQ(chosen(c), device == std::string("cpu") ? MkldnnTranspose : CudnnTranspose);
    c.output_padding = {2};
    c.dilation = {3};
    EXPECT_EQ(chosen(c), SlowTranspose2d);
  }
}

TEST(TorchSelection, DepthwiseBeyond32BitsFollowsTheVersionGuards) {
  TorchCall c = depthwise(300, 32, 512, 3, 1);
  c.dtype = DType::f32;
  EXPECT_EQ(chosen(c), Cudnn);
  c.flags.cudnn_version = 90200;
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  c.input_channels_last = true;
  for (auto [version, backend] : {std::pair{-1, CudaDepthwise2d},
                                  {90299, CudaDepthwise2d},
                                  {90300, Cudnn},
                                  {91000, Cudnn},
                                  {91001, CudaDepthwise2d}}) {
    c.flags.cudnn_version = version;
    EXPECT_EQ(chosen(c), backend) << version;
  }
}

TEST(TorchSelection, ContiguousDepthwiseGoesToCudnnOnlyInHalfWith32Channels) {
  TorchCall c = depthwise(4, 32, 28, 3, 1);
  EXPECT_EQ(chosen(c), Cudnn);
  c.dtype = DType::bf16;
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  c = depthwise(4, 31, 28, 3, 1);
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  c = depthwise(4, 32, 28, 3, 1), c.dilation = {2};
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  c = depthwise(4, 32, 28, 3, 1), c.stride = {2, 1};
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  c = depthwise(4, 32, 28, 3, 1), c.flags.cudnn_depthwise = false;
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  c = depthwise(4, 32, 28, 3, 1), c.flags.cudnn_enabled = false;
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
}

TEST(TorchSelection, DepthwiseWorkloadRuleHoldsAtItsEdges) {
  struct Row {
    std::int64_t batch, channels, width, filter, stride;
    bool cudnn;
  };
  for (const Row& r : {
           Row{4, 32, 7, 3, 1, true},
           Row{4, 32, 6, 3, 1, false},
           Row{4, 32, 28, 7, 1, false},
           Row{4, 32, 28, 1, 1, true},
           Row{4, 32, 28, 3, 3, false},
           // one image, stride 2
           Row{1, 32, 28, 1, 2, true},
           Row{1, 32, 29, 1, 2, false},
           Row{1, 32, 99, 3, 2, true},
           Row{1, 32, 99, 5, 2, true},
           // several images, stride 2
           Row{16, 128, 7, 1, 2, true},
           Row{17, 128, 7, 1, 2, false},
           Row{16, 127, 7, 1, 2, false},
           Row{16, 128, 8, 1, 2, false},
           Row{2, 512, 7, 3, 2, true},
           Row{2, 511, 27, 3, 2, false},
           Row{2, 256, 28, 5, 2, true},
           Row{2, 256, 27, 5, 2, false},
           Row{2, 255, 28, 5, 2, false},
       }) {
    EXPECT_EQ(chosen(depthwise(r.batch, r.channels, r.width, r.filter, r.stride)), r.cudnn ? Cudnn : CudaDepthwise2d)
        << r.batch << " " << r.channels << " " << r.width << " " << r.filter << " " << r.stride;
  }
  TorchCall c = depthwise(4, 32, 28, 3, 1);
  c.weight = {32, 1, 3, 5};
  c.padding = {1, 2};
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
}

TEST(TorchSelection, OneDimensionalHalfDepthwiseOfStrideOneGoesToCudnn) {
  TorchCall c = cuda({4, 32, 6}, {32, 1, 4});
  c.groups = 32;
  c.dtype = DType::f16;
  EXPECT_EQ(chosen(c), Cudnn);
  c.stride = {2};
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
}

TEST(TorchSelection, MiopenTakesFloatsUnlessGroupsAreDilated) {
  TorchCall c = cuda();
  c.flags.cudnn_built = false;
  c.flags.miopen_built = true;
  EXPECT_EQ(chosen(c), Miopen);
  c.input_channels_last = true;
  EXPECT_EQ(torch_selection(c).format, TorchFormat::Contiguous);
  c.flags.miopen_suggest_nhwc = true;
  EXPECT_EQ(torch_selection(c).format, TorchFormat::ChannelsLast);
  c.dtype = DType::f64;
  EXPECT_EQ(chosen(c), Slow2d);
  c.dtype = DType::bf16;
  c.transposed = true;
  EXPECT_EQ(chosen(c), MiopenTranspose);
  c.transposed = false;
  c.groups = 8;
  c.weight = {8, 1, 3, 3};
  EXPECT_EQ(chosen(c), MiopenDepthwise);
  c.dilation = {2};
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
  c.dilation = {1};
  c.flags.cudnn_enabled = false;
  EXPECT_EQ(chosen(c), CudaDepthwise2d);
}

TEST(TorchSelection, OneDnnLeavesSmallWorkToPyTorch) {
  TorchCall c = call({1, 8, 16, 16});
  EXPECT_EQ(chosen(c), Slow2d);
  c.input = {1, 8, 50, 52};
  EXPECT_EQ(chosen(c), Mkldnn);
  c.input = {1, 8, 51, 50};  // 20400 elements
  EXPECT_EQ(chosen(c), Slow2d);
  c.weight = {8, 8, 4, 4};
  EXPECT_EQ(chosen(c), Mkldnn);
  c.weight = {8, 8, 4, 3};
  EXPECT_EQ(chosen(c), Slow2d);
  c = call({2, 8, 16, 16}, {8, 8, 1, 1}), c.flags.threads = 1;
  EXPECT_EQ(chosen(c), Slow2d);
  c.stride = {2};
  EXPECT_EQ(chosen(c), Mkldnn);
}

TEST(TorchSelection, OneDnnFlagsAndElementTypesDecide) {
  TorchCall c = call();
  c.flags.mkldnn_enabled = false;
  EXPECT_EQ(chosen(c), Slow2d);
  c = call(), c.dtype = DType::i8;
  EXPECT_EQ(chosen(c), Slow2d);
  c.dtype = DType::bf16;
  c.flags.mkldnn_bf16 = false;
  EXPECT_EQ(chosen(c), Slow2d);
  c.dtype = DType::f16;
  EXPECT_EQ(chosen(c), Mkldnn);
  c.flags.mkldnn_f16 = false;
  EXPECT_EQ(chosen(c), Slow2d);
  c.mkldnn_tensor = true;
  c.input_channels_last = true;
  EXPECT_EQ(chosen(c), Mkldnn);
  EXPECT_EQ(torch_selection(c).format, TorchFormat::Contiguous);
}

TEST(TorchSelection, NnpackWantsSixteenImagesOnAServer) {
  TorchCall c = call({16, 8, 16, 16});
  c.flags.mkldnn_built = false;
  c.flags.nnpack_available = true;
  c.padding = {1};
  EXPECT_EQ(chosen(c), NnpackSpatial);
  c.input = {15, 8, 16, 16};
  EXPECT_EQ(chosen(c), Slow2d);
  c.flags.mobile_build = true;
  EXPECT_EQ(chosen(c), NnpackSpatial);
  c.padding = {3};
  EXPECT_EQ(chosen(c), Slow2d);
  c.padding = {1};
  c.flags.nnpack_enabled = false;
  EXPECT_EQ(chosen(c), Slow2d);
  c.flags.nnpack_enabled = true;
  c.weight = {8, 8, 17, 1};
  c.padding = {1, 0};
  EXPECT_EQ(chosen(c), Slow2d);
}

TEST(TorchSelection, InferenceKernelsAreLeftWhenAGradientIsNeeded) {
  TorchCall c = call({2, 8, 16, 16}, {8, 1, 3, 3});
  c.groups = 8;
  c.flags.mkldnn_built = false;
  EXPECT_EQ(chosen(c), Slow2d);
  c.flags.arm_neon = true;
  EXPECT_EQ(chosen(c), Winograd3x3Depthwise);
  c.input_channels_last = true;
  EXPECT_EQ(chosen(c), Slow2d);
  c.input_channels_last = false;
  c.flags.mobile_build = true;
  EXPECT_EQ(chosen(c), Xnnpack2d);
  c.flags.xnnpack_accepts = false;
  EXPECT_EQ(chosen(c), Winograd3x3Depthwise);
  c.stride = {2};
  EXPECT_EQ(chosen(c), Slow2d);
  c.stride = {1};
  c.needs_grad = true;
  EXPECT_EQ(chosen(c), Slow2d);
}

TEST(TorchSelection, OtherDevicesGoToMpsOrOutside) {
  TorchCall c = call();
  c.device = "mps";
  EXPECT_EQ(chosen(c), Overrideable);
  c.flags.mps_built = true;
  EXPECT_EQ(chosen(c), Mps);
  c.transposed = true;
  EXPECT_EQ(chosen(c), MpsTranspose);
  c = call(), c.device = "xpu", c.input_channels_last = true;
  EXPECT_EQ(chosen(c), Overrideable);
  EXPECT_EQ(torch_selection(c).format, TorchFormat::ChannelsLast);
  c.device = "privateuse1";
  EXPECT_EQ(torch_selection(c).format, TorchFormat::Contiguous);
}

TEST(TorchSelection, RanksWithoutAKernelAreRefused) {
  TorchCall c = call({2, 8, 4, 4, 4, 4}, {8, 8, 3, 3, 3, 3});
  c.dtype = DType::f64;
  EXPECT_EQ(chosen(c), Refused);
}

TEST(TorchSelection, AnyCallIsAnsweredWhateverItHolds) {
  std::mt19937 random(20110);
  const auto pick = [&random](auto... values) {
    const std::common_type_t<decltype(values)...> all[] = {values...};
    return all[random() % sizeof...(values)];
  };
  const auto sizes = [&](int rank) {
    Dims dims;
    for (int i = 0; i < rank; ++i) {
      dims.push_back(random() % 16 ? pick(1l, 2l, 3l, 8l)
                                   : pick(-1l, 0l, 100000l, 1l << 31, 1l << 40, 1l << 62, INT64_MAX, INT64_MIN));
    }
    return dims;
  };
  int chosen_count = 0;
  for (int i = 0; i < 50000; ++i) {
    TorchCall c;
    c.device = pick("cpu", "cuda", "mps", "xpu", "");
    c.dtype = static_cast<DType>(random() % 10);
    const int rank = pick(0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8);
    c.weight = sizes(rank);
    c.input = sizes(std::clamp(pick(rank, rank, rank, rank - 1, 4), 0, max_rank));
    if (random() % 2 && rank > 2 && c.input.size() > 1) c.input[1] = c.weight[1];
    for (Dims* list : {&c.stride, &c.padding, &c.dilation, &c.output_padding}) {
      if (random() % 2) *list = sizes(pick(1, std::max(rank - 2, 0), 3));
    }
    c.groups = pick(1l, 1l, 1l, 2l, 8l, 0l, INT64_MIN, INT64_MAX);
    c.transposed = random() % 2;
    c.input_channels_last = random() % 2;
    c.mkldnn_tensor = random() % 8 == 0;
    const TorchSelection selection = torch_selection(c);
    EXPECT_EQ(selection.name, name_of(selection.backend));
    EXPECT_FALSE(selection.reasons.empty());
    chosen_count += !selection.refused();
  }
  EXPECT_GT(chosen_count, 1000);  // or the loop above looked at refusals only
}

}  // namespace
}  // namespace faltung

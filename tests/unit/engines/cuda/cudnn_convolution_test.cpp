#include <gtest/gtest.h>

#include "engines/cuda/cudnn/choose/notes.h"
#include "engines/cuda/cudnn/describe/convolution.h"

namespace faltung::cuda_cudnn {
namespace {

ConvProblem problem(const std::string& text) { return canonical(parse_problem(text)); }
std::string reason(const std::string& text) { return accepts(problem(text)).reason(); }

// The output size that cuDNN derives from the padding.
std::int64_t outputs(const Axis& axis, std::int64_t post) {
  return (axis.in + axis.pad + post - (axis.filter - 1) * axis.dilation - 1) / step_of(axis) + 1;
}

TEST(CudnnConvolution, PadsGiveAsManyOutputsAsTheProblemHas) {
  for (std::int64_t in = 1; in < 9; ++in)
    for (std::int64_t filter = 1; filter < 4; ++filter)
      for (std::int64_t stride = 1; stride < 4; ++stride)
        for (std::int64_t dilation = 1; dilation < 3; ++dilation)
          for (std::int64_t pad = 0; pad < 3; ++pad)
            for (std::int64_t out = 1; out < 9; ++out) {
              const Axis axis{in, filter, out, stride, dilation, pad};
              const auto post = post_padding(axis);
              if (!post) {
                EXPECT_LT(axis.high_pad() + step_of(axis) - 1, 0);
                continue;
              }
              EXPECT_GE(*post, 0);
              if (in + pad + *post >= (filter - 1) * dilation + 1) {
                EXPECT_EQ(outputs(axis, *post), out);
              }
            }
}

TEST(CudnnConvolution, EvenPadsArePreferred) {
  EXPECT_EQ(post_padding({.in = 8, .filter = 3, .out = 4, .stride = 2, .pad = 1}), 1);  // 0 would do
  EXPECT_EQ(post_padding({.in = 8, .filter = 1, .out = 4, .stride = 2}), 0);            // -1 would be exact
  EXPECT_EQ(post_padding({.in = 8, .filter = 3, .out = 8, .pad = 2}), 0);
  EXPECT_EQ(post_padding({.in = 8, .filter = 4, .out = 8, .pad = 1}), 2);
  EXPECT_EQ(post_padding({.in = 8, .filter = 1, .out = 6}), std::nullopt);
  EXPECT_EQ(post_padding({.in = 5, .filter = 7, .out = 1, .pad = 2}), 2);  // a stride of 3 has one output too
  EXPECT_EQ(step_of({.in = 5, .filter = 7, .out = 1, .pad = 2}), 3);
}

TEST(CudnnConvolution, OneDimensionBecomesTwo) {
  const Convolution c = translate(problem("fwd f32 nwc n2 c4 k6 i9 f3 s2 p1"));
  EXPECT_EQ(c.x.extents, (Dims{2, 4, 1, 9}));
  EXPECT_EQ(c.x.strides, (Dims{36, 1, 36, 4}));
  EXPECT_EQ(c.w.extents, (Dims{6, 4, 1, 3}));
  EXPECT_EQ(c.y.extents, (Dims{2, 6, 1, 5}));
  EXPECT_EQ(c.strides, (Dims{1, 2}));
  EXPECT_EQ(c.pre, (Dims{0, 1}));
  EXPECT_EQ(c.post, (Dims{0, 1}));
}

TEST(CudnnConvolution, GroupsAreToldByTheChannels) {
  const Convolution c = translate(problem("dgrad f32 nchw n2 c8 k12 g4 i5x6 f3x3"));
  EXPECT_EQ(c.x.extents, (Dims{2, 8, 5, 6}));
  EXPECT_EQ(c.x.strides, (Dims{240, 30, 6, 1}));
  EXPECT_EQ(c.w.extents, (Dims{12, 2, 3, 3}));
  EXPECT_EQ(c.w.strides, (Dims{18, 9, 3, 1}));
  EXPECT_EQ(c.bias.extents, (Dims{1, 8, 1, 1}));  // channels of the written operand
}

TEST(CudnnConvolution, WhatItCannotSayIsRefusedWithAReason) {
  for (const char* text :
       {"fwd bf16 nhwc n1 c8 k8 i6x6 f3x3 p1 bias add silu", "fwd f32 nchw n1 c8 k8 i6x6 f3x3 bias relu notf32",
        "fwd f32 nhwc n1 c8 k8 i6x6 f3x3 bias add relu", "dgrad bf16 nhwc n1 c8 k8 i6x6 f3x3 bias add relu"})
    EXPECT_EQ(reason(text), "") << text;
  for (const char* text :
       {"fwd i8 nchw n1 c8 k8 i6x6 f3x3", "fwd cf32 nchw n1 c8 k8 i6x6 f3x3", "fwd f32 nchw n0 c8 k8 i6x6 f3x3",
        "fwd i8:i8:i32 nhwc n1 c8 k8 i6x6 f3x3", "fwd f32 [1320,0,110,10,1]:nchw:nchw n2 c8 k16 i9x9 f3x3 p1 bias relu",
        "fwd bf16:bf16:f32 [1320,0,1,120,12]:nhwc:nhwc n2 c8 k16 i9x9 f3x3 p1", "fwd f32 nchw n1 c8 k8 i6x6 f3x3 p-1",
        "fwd f32 nchw n1 c8 k8 i6x6 f3x3 relu", "fwd f32 nhwc n1 c8 k8 i6x6 f3x3 bias silu",
        "fwd f32 nhwc n1 c8 k8 i6x6 f3x3 bias add notf32",

        "dgrad bf16 nchw n1 c8 k8 i6x6 f3x3 bias", "fwd f32 nchw n1 c8 k8 i70000x70000 f3x3"})
    EXPECT_NE(reason(text), "") << text;
}

TEST(CudnnConvolution, GapsBeyondItsSizesAreRefused) {
  EXPECT_EQ(reason("fwd f32 [432,0,54,9,1]:nchw:nchw n2 c6 k4 i5x7 f3x3"), "");
  EXPECT_NE(reason("fwd f32 [2147483647,0,54,9,1]:nchw:nchw n2 c6 k4 i5x7 f3x3"), "");
}

TEST(CudnnNotes, NumericsDecideWhichEnginesMay) {
  ConvProblem f32 = problem("fwd f32 nchw n1 c8 k8 i6x6 f3x3");
  EXPECT_EQ(refusal({Note::tensor_core, Note::nondeterministic, Note::winograd}, f32), "");
  EXPECT_NE(refusal({Note::down_convert_inputs}, f32), "");
  EXPECT_TRUE(may_transform(f32));
  f32.numerics = {.tf32 = false, .deterministic = true, .transforms = false};
  EXPECT_NE(refusal({Note::tensor_core}, f32), "");
  EXPECT_NE(refusal({Note::nondeterministic}, f32), "");
  EXPECT_NE(refusal({Note::winograd_4x4}, f32), "");
  EXPECT_NE(refusal({Note::fft}, f32), "");
  EXPECT_EQ(refusal({}, f32), "");
  EXPECT_NE(refusal({Note::compiled_at_run_time}, f32), "");
  EXPECT_EQ(refusal({Note::compiled_at_run_time}, problem("fwd f32 nhwc n1 c8 k8 i6x6 f3x3")), "");
  EXPECT_NE(
      refusal({Note::compiled_at_run_time}, problem("fwd f32 [288,0,1,48,8]:nhwc:[192,0,1,48,12] n1 c8 k8 i6x6 f3x3")),
      "");
  EXPECT_FALSE(may_transform(f32));
}

TEST(CudnnNotes, SixteenBitResultsAreSumsAsWritten) {
  const ConvProblem p = problem("fwd f16 nhwc n1 c8 k8 i6x6 f3x3");
  EXPECT_EQ(refusal({Note::tensor_core}, p), "");
  EXPECT_NE(refusal({Note::winograd}, p), "");
  EXPECT_NE(refusal({Note::reduced_precision_reduction}, p), "");
  EXPECT_FALSE(may_transform(p));
}

}  // namespace
}  // namespace faltung::cuda_cudnn

// cpu.gemm against the definition, bit for bit: small integers make every order of summation exact.
#include "faltung/explain.h"
#include "support/on_target.h"
#include "unit/engines/gemm_case.h"

namespace faltung {
namespace {

using test::Case;

void check(const char* text, bool only_zeros = false, int threads = 2) {
  Case c(canonical(parse_problem(text)), 1);
  c.quiet = only_zeros;
  c.check(threads);
}

using CpuGemmOn = test::OnTarget;

const char* const shapes[] = {
    "nchw n2 c5 k7 g1 i9x11 f3x3 s1 p1",
    "nhwc n2 c5 k7 g1 i9x11 f3x3 s1 p1",
    "nchw n1 c16 k24 g1 i7x8 f1x1 s1",
    "nhwc n1 c16 k24 g1 i7x8 f1x1 s1",
    "nchw n3 c6 k4 g2 i7x8 f3x2 s2 p1",
    "nhwc n3 c6 k4 g2 i7x8 f3x2 s2 p1",
    "nchw n2 c3 k5 g1 i13x12 f3x3 s3x2 d2x3 p2",
    "nchw n1 c8 k8 g8 i9x9 f3x3 s1 p1",
    "ncw n2 c4 k3 g1 i40 f5 s1 p4 d2",
    "nwc n2 c4 k3 g1 i40 f5 s3 p4 d2",
    "ncdhw n1 c3 k4 g1 i4x5x6 f2x3x3 s2x1x2 p1",
    "ndhwc n2 c3 k4 g1 i4x5x6 f2x3x3 s2x1x2 p1",
    "nchw n1 c36 k33 g1 i4x4 f3x3 p1",
    "nhwc n2 c37 k18 g1 i4x5 f3x3 p1",
    "nchw n2 c2 k2 g1 i20x1 f7x1 p3x0",
    "nchw n1 c2 k3 g1 i4x4 f3x3 p6",
    "nchw n1 c70 k8 g1 i3x3 f3x3 p1",
    "nchw n17 c3 k5 g1 i3x3 f2x2",
};

TEST_P(CpuGemmOn, EveryPassEqualsTheDefinition) {
  for (const char* shape : shapes)
    for (const char* pass : {"fwd ", "dgrad ", "wgrad "})
      for (const char* type : {"f32 ", "f64 ", "f16 ", "cf32 ", "i8 ", "i64 "}) {
        check((std::string(pass) + type + shape).c_str());
        if (HasFatalFailure()) return;
      }
}

INSTANTIATE_TEST_SUITE_P(Targets, CpuGemmOn, test::all_targets);

TEST(CpuGemm, OtherTypesAndMixedStorageEqualTheDefinition) {
  for (const char* text :
       {"fwd bf16 nchw n2 c5 k7 g1 i9x8 f3x3 p1", "dgrad bf16 nhwc n2 c5 k7 g1 i9x8 f3x3 p1 s2",
        "wgrad cf64 nhwc n2 c5 k7 g1 i9x8 f3x3 p1", "fwd i32 nchw n2 c5 k7 g1 i9x8 f3x3 p1",
        "fwd bf16:bf16:f32 nchw n1 c20 k9 i7x7 f3x3 p1", "fwd f32:bf16:bf16 nhwc n1 c20 k9 i7x7 f3x3 p1",
        "fwd i8:i8:i32 nchw n1 c20 k9 i7x7 f3x3 p1", "wgrad f16:f32:bf16 nchw n2 c5 k7 i9x8 f3x3 p1"})
    check(text);
}

TEST(CpuGemm, ConjugatesWhatIsMarked) {
  for (const char* pass : {"fwd", "dgrad", "wgrad"})
    for (int which = 1; which < 4; ++which) {
      ConvProblem p = parse_problem(std::string(pass) + " cf32 nchw n2 c3 k4 i6x7 f3x3 p1");
      const Role read[2] = {p.pass == Pass::Forward    ? Role::x
                            : p.pass == Pass::DataGrad ? Role::y
                                                       : Role::x,
                            p.pass == Pass::WeightGrad ? Role::y : Role::w};
      p.operand(read[0]).conjugate = which & 1;
      p.operand(read[1]).conjugate = which & 2;
      Case(canonical(p), 2).check(2);
    }
}

TEST(CpuGemm, FinishesBeforeTheOneRounding) {
  for (const char* type : {"f32 ", "bf16 ", "f64 ", "i8 ", "i32 "})
    for (const char* shape : {"nchw n2 c5 k7 i9x8 f3x3 p1 bias relu", "nhwc n2 c5 k7 i9x8 f3x3 p1 bias add relu6",
                              "nchw n1 c5 k16 i8x8 f1x1 add", "nhwc n1 c5 k16 i8x8 f1x1 bias"})
      for (const char* pass : {"fwd ", "dgrad "}) check((std::string(pass) + type + shape).c_str());
  check("fwd cf32 nchw n2 c5 k7 i9x8 f3x3 p1 bias add");
}

TEST(CpuGemm, AddsToWhatIsThere) {
  for (const char* pass : {"fwd", "dgrad", "wgrad"})
    for (const char* type : {" f32 ", " bf16 ", " cf64 ", " i8 ", " i64 "}) {
      ConvProblem p = parse_problem(std::string(pass) + type + "nchw n2 c5 k7 i9x8 f3x3 s2 p1");
      p.accumulate = true;
      Case(canonical(p), 3).check(2);
    }
}

TEST(CpuGemm, WritesZerosWhereNoTapReaches) {
  check("dgrad f32 nchw n1 c3 k4 i11x10 f2x2 s3");
  check("dgrad f32 nhwc n2 c4 k4 i9x9 f1x1 s4 bias");
  check("dgrad f32 nchw n1 c2 k2 i40x1 f1x1 s39x1");
  check("dgrad f32 nchw n2 c3 k4 i30x30 f2x2 s9x11");
  check("fwd f32 nchw n1 c2 k3 i4x4 f1x1 o3x3 p9", true);
  check("wgrad f32 ncw n1 c2 k3 i4 f2 o3 p9", true);
  check("wgrad f32 nchw n0 c4 k6 i9x8 f3x3 p1", true);
}

TEST(CpuGemm, HasNoProductForPhasesThatNoTapMeets) {
  const auto outline_of = [](const char* text) { return explain(parse_problem(text), {.only = "cpu.gemm"}).outline; };
  const std::string filled = "what no tap meets is filled before";
  for (const char* text : {"dgrad i4096x4096 f1x1 o2x2 s4095 bias relu", "dgrad i64x64 f3x3 o8x8 s8 d8 p3"}) {
    EXPECT_NE(outline_of(text).find("cpu.gemm: 1 products"), std::string::npos) << outline_of(text);
    EXPECT_NE(outline_of(text).find(filled), std::string::npos) << outline_of(text);
  }
  const std::string stays = outline_of("dgrad i64x64 f1x1 o8x8 s8 accumulate");
  EXPECT_NE(stays.find("cpu.gemm: 1 products"), std::string::npos) << stays;
  EXPECT_EQ(stays.find(filled), std::string::npos) << stays;
  EXPECT_EQ(outline_of("dgrad i8x8 f2x2 o4x4 s2 p0").find(filled), std::string::npos);
  EXPECT_NE(outline_of("dgrad i8x8 f1x1 o4x4 s2 add").find("cpu.gemm: 4 products"), std::string::npos);
}

TEST(CpuGemm, PhasesThatReadTheSameAreOneProduct) {
  const auto products_of = [](const char* text) {
    const std::string outline = explain(parse_problem(text), {.only = "cpu.gemm"}).outline;
    return outline.substr(0, outline.find(" products"));
  };
  for (const char* text : {"dgrad f32 ncw c1 k5 i56 f12 o13 s4 p4", "dgrad f32 nchw c3 k5 i12x18 f4x6 s2x3 p2x0",
                           "dgrad f32 nhwc c64 k8 i8x8 f4x4 s2 p2", "dgrad f32 nchw c64 k8 i8x8 f2x2 s2"})
    EXPECT_EQ(products_of(text), "cpu.gemm: 1") << text;
  for (const char* text : {"dgrad f32 ncw c1 k5 i56 f12 s4 p3", "dgrad f32 ncw c1 k5 i55 f12 s4 p4",
                           "dgrad f32 ncw c1 k5 i56 f11 s4 p4", "dgrad f32 ncw c64 k5 i56 f12 s4 p4"})
    EXPECT_EQ(products_of(text), "cpu.gemm: 4") << text;
}

TEST(CpuGemm, FillingTakesAsLongAsWritingWhatIsStored) {
  const auto seconds = [](const char* text) {
    return cpu_gemm::make_plan(canonical(parse_problem(text)), cpu_info(2))->seconds();
  };
  const double filled = seconds("dgrad f32 i4096x4096 f1x1 o2x2 s4095");
  EXPECT_LT(seconds("dgrad bf16 i4096x4096 f1x1 o2x2 s4095"), 0.6 * filled);
  EXPECT_LT(seconds("dgrad f32 i4096x4096 f1x1 o2x2 s4095 accumulate"), 0.1 * filled);
}

TEST(CpuGemm, GivesEveryTapOfATilingItsPlace) {
  for (const char* type : {"f32 ", "bf16 ", "cf32 "})
    for (const char* shape : {"nchw n2 c5 k7 i6x9 f2x3 s2x3", "nhwc n2 c5 k7 i6x9 f2x3 s2x3 bias",
                              "nchw n1 c3 k4 g1 i8x8 f2x2 s2 bias", "ncdhw n1 c6 k4 g2 i4x6x4 f2x3x2 s2x3x2 bias"})
      check((std::string("dgrad ") + type + shape).c_str());
}

TEST(CpuGemm, CropsWithNegativePadding) {
  for (const char* pass : {"fwd", "dgrad", "wgrad"}) {
    check((std::string(pass) + " f32 nchw n1 c3 k4 i9x9 f3x3 p-1x-2").c_str());
    check((std::string(pass) + " f32 nhwc n1 c3 k4 i9x9 f3x3 s2 p-2x1").c_str());
  }
}

// Far outside the tensor offsets leave 64 bits; nothing may be read there, and nothing may overflow.
TEST(CpuGemm, StandsHugeGeometry) {
  constexpr std::int64_t far = std::int64_t{1} << 55;
  const Axis axes[] = {{.in = 6, .filter = 2, .out = 3, .stride = 1, .dilation = 1, .pad = far},
                       {.in = 6, .filter = 2, .out = 3, .stride = 1, .dilation = 1, .pad = -far},
                       {.in = 6, .filter = 3, .out = 4, .stride = 1, .dilation = far, .pad = far - 1},
                       {.in = 6, .filter = 3, .out = 2, .stride = far, .dilation = 1, .pad = -2},
                       {.in = 6, .filter = 2, .out = 2, .stride = far, .dilation = far, .pad = 2 * far - 3}};
  for (const Axis& axis : axes)
    for (const char* pass : {"fwd", "dgrad", "wgrad"}) {
      ConvProblem p = parse_problem(std::string(pass) + " f32 nchw n1 c3 k4 i6x5 f2x2 o5x4");
      p.geometry.axes[0] = axis;
      for (Role role : {Role::x, Role::w, Role::y})
        p.operand(role).strides = operand_strides(p.geometry, role, MemoryFormat::contiguous);
      Case c(canonical(p), 8);
      c.quiet = true;
      c.check(2);
    }
}

TEST(CpuGemm, TakesAnyStrides) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    ConvProblem p =
        parse_problem(round % 2 ? "fwd f32 nchw n2 c6 k4 g2 i7x6 f3x2 s2x1 p1" : "fwd f64 nchw n2 c3 k9 i6x9 f2x3 p1");
    p.pass = static_cast<Pass>(round % 3);
    for (Role role : {Role::x, Role::w, Role::y}) {  // axes in a random order in memory, with gaps
      const Dims extents = extents_of(p.geometry, role);
      std::vector<int> order;
      for (int i = 0; i < extents.size(); ++i) order.insert(order.begin() + random() % (order.size() + 1), i);
      std::int64_t stride = 1 + static_cast<std::int64_t>(random() % 2);
      for (int i : order) {
        p.operand(role).strides[i] = role != written_role(p.pass) && random() % 4 == 0 ? -stride : stride;
        stride *= extents[i] + static_cast<std::int64_t>(random() % 2);
      }
      if (role != written_role(p.pass) && random() % 3 == 0) p.operand(role).strides[2] = 0;  // one channel for all
    }
    Case(canonical(p), 4).check(3);
    if (HasFatalFailure()) return;
  }
}

TEST(CpuGemm, SumsLongReductionsInSplits) {
  check("wgrad f32 nchw n3 c4 k6 i40x41 f3x3 p1");
  check("wgrad f64 nhwc n3 c4 k6 i40x41 f3x3 p1");
  check("wgrad cf32 ncw n2 c3 k5 g1 i3000 f3 p1");
  check("wgrad i8:i8:i32 nchw n3 c4 k6 i40x41 f3x3 p1");
}

}  // namespace
}  // namespace faltung

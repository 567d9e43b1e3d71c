// cpu.gemm against the definition, bit for bit: small integers make every order of summation exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <random>
#include <vector>

#include "base/thread_pool.h"
#include "base/visit.h"
#include "engines/cpu/gemm/plan.h"
#include "faltung/explain.h"
#include "problem/epilogue.h"
#include "problem/geometry.h"
#include "support/on_target.h"
#include "support/random_problem.h"

namespace faltung {
namespace {

using Number = std::complex<double>;

// The elements of one operand in memory, from its lowest offset to its highest.
struct Buffer {
  Dims extents, strides;
  DType dtype = DType::f32;
  std::int64_t low = 0, count = 1;
  std::vector<std::byte> bytes;

  Buffer(const ConvProblem& p, Role role)
      : extents(extents_of(p.geometry, role)), strides(p.operand(role).strides), dtype(p.operand(role).dtype) {
    std::int64_t high = 0;
    for (int i = 0; i < extents.size(); ++i) {
      const std::int64_t reach = (std::max<std::int64_t>(extents[i], 1) - 1) * strides[i];
      (reach < 0 ? low : high) += reach;
    }
    count = high - low + 1;
    bytes.assign(static_cast<std::size_t>(count) * size_of(dtype), std::byte{0xff});  // NaN in the floating types
  }

  template <class T>
  T* origin() {
    return reinterpret_cast<T*>(bytes.data()) - low;
  }
  void fill(std::mt19937& random) {
    visit(dtype, [&]<class T>(ElementType<T>) {
      for (std::int64_t i = 0; i < count; ++i) {
        const double re = static_cast<double>(random() % 5) - 2, im = static_cast<double>(random() % 5) - 2;
        if constexpr (is_complex_type<T>)
          origin<T>()[low + i] = T(static_cast<typename T::value_type>(re), static_cast<typename T::value_type>(im));
        else
          origin<T>()[low + i] = convert<T>(re);
      }
    });
  }
  Number at(std::int64_t offset) {
    return visit(dtype, [&]<class T>(ElementType<T>) -> Number {
      if constexpr (is_complex_type<T>)
        return Number(origin<T>()[offset]);
      else
        return Number(static_cast<double>(convert<double>(origin<T>()[offset])));
    });
  }
  std::int64_t offset(std::initializer_list<std::int64_t> index) const {
    std::int64_t result = 0;
    int i = 0;
    for (std::int64_t value : index) result += value * strides[i++];
    return result;
  }
};

// Memory as plans want it, NaN at first, with a guard zone behind it.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::size_t bytes) : bytes_(bytes), memory_(bytes + 2 * zone, std::byte{0xff}) {}
  std::byte* data() {
    return reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(memory_.data()) + zone - 1) / zone * zone);
  }
  bool are_kept_within() {
    return std::all_of(data() + bytes_, data() + bytes_ + zone, [](std::byte b) { return b == std::byte{0xff}; });
  }

 private:
  static constexpr std::size_t zone = 64;
  std::size_t bytes_;
  std::vector<std::byte> memory_;
};

struct Case {
  ConvProblem problem;
  Buffer x, w, y, bias, z;
  double alpha = 3;

  Case(const ConvProblem& p, unsigned seed)
      : problem(p), x(p, Role::x), w(p, Role::w), y(p, Role::y), bias(y), z(written()) {
    std::mt19937 random(seed);
    for (Role role : {Role::x, Role::w, Role::y})
      if (role != written_role(p.pass) || p.accumulate) buffer(role).fill(random);
    bias.dtype = p.written().dtype;
    bias.low = 0;
    bias.count =
        std::max<std::int64_t>(total_channels(p.geometry, written_role(p.pass) == Role::x ? Role::x : Role::y), 1);
    bias.bytes.resize(static_cast<std::size_t>(bias.count) * size_of(bias.dtype));
    bias.fill(random);
    z.fill(random);
  }
  Buffer& buffer(Role role) { return role == Role::x ? x : role == Role::w ? w : y; }
  Buffer& written() { return buffer(written_role(problem.pass)); }

  Number read(Role role, std::int64_t offset) {
    const Number value = buffer(role).at(offset);
    return problem.operand(role).conjugate ? std::conj(value) : value;
  }

  // Calls body(x offset, w offset, y offset) for every term of the form.
  template <class Body>
  void for_each_term(Body&& body) {
    const Geometry& g = problem.geometry;
    const Dims ws = extents_of(g, Role::w), ys = extents_of(g, Role::y);
    const auto spatial = [&](const Dims& extents, int axis) { return axis < g.rank ? extents[3 + axis] : 1; };
    std::array<std::int64_t, 3> o{}, r{}, h{};
    for (std::int64_t n = 0; n < g.batch; ++n)
      for (std::int64_t gr = 0; gr < g.groups; ++gr)
        for (std::int64_t k = 0; k < g.out_channels; ++k)
          for (std::int64_t c = 0; c < g.in_channels; ++c)
            for (o[0] = 0; o[0] < spatial(ys, 0); ++o[0])
              for (o[1] = 0; o[1] < spatial(ys, 1); ++o[1])
                for (o[2] = 0; o[2] < spatial(ys, 2); ++o[2])
                  for (r[0] = 0; r[0] < spatial(ws, 0); ++r[0])
                    for (r[1] = 0; r[1] < spatial(ws, 1); ++r[1])
                      for (r[2] = 0; r[2] < spatial(ws, 2); ++r[2]) {
                        std::int64_t xo = x.offset({n, gr, c}), wo = w.offset({gr, k, c}), yo = y.offset({n, gr, k});
                        bool inside = true;
                        for (int a = 0; a < g.rank; ++a) {
                          const auto i = static_cast<std::size_t>(a);
                          const Axis& axis = g.axes[i];
                          h[i] = o[i] * axis.stride + r[i] * axis.dilation - axis.pad;
                          inside = inside && h[i] >= 0 && h[i] < axis.in;
                          xo += h[i] * x.strides[3 + a];
                          wo += r[i] * w.strides[3 + a];
                          yo += o[i] * y.strides[3 + a];
                        }
                        if (inside) body(xo, wo, yo);
                      }
  }

  // The exact result before it is rounded, by offset in the written operand, with what else happens to it.
  std::vector<Number> expected() {
    std::vector<Number> sums(static_cast<std::size_t>(written().count));
    const std::int64_t low = written().low;
    for_each_term([&](std::int64_t xo, std::int64_t wo, std::int64_t yo) {
      if (problem.pass == Pass::Forward)
        sums[static_cast<std::size_t>(yo - low)] += read(Role::x, xo) * read(Role::w, wo);
      if (problem.pass == Pass::DataGrad)
        sums[static_cast<std::size_t>(xo - low)] += read(Role::w, wo) * read(Role::y, yo);
      if (problem.pass == Pass::WeightGrad)
        sums[static_cast<std::size_t>(wo - low)] += read(Role::x, xo) * read(Role::y, yo);
    });
    return sums;
  }

  Number finished(Number sum, std::int64_t offset, std::int64_t channel) {
    if (problem.epilogue.add) sum += alpha * z.at(offset);
    if (problem.epilogue.bias) sum += bias.at(channel);
    if (!is_complex(problem.written().dtype)) sum = activate(problem.epilogue.activation, sum.real());
    return sum;
  }

  void check(int threads) {
    SCOPED_TRACE(print(problem));
    Buffer before = written();
    const std::vector<Number> want = expected();
    run(threads);
    compare(want, before);
    if (problem.pass == Pass::WeightGrad) return;
    SCOPED_TRACE("with prepared weights");
    written() = before;
    run_prepared(threads);
    compare(want, before);
  }

  void run(int threads, const cpu_gemm::Thrift& thrift = {}) {
    run(*cpu_gemm::make_plan(problem, cpu_info(threads), thrift), nullptr, threads);
  }

  // Over a w that is spoiled as soon as it is prepared.
  void run_prepared(int threads) {
    const auto plan = cpu_gemm::make_plan(problem, cpu_info(threads));
    AlignedBytes prepared(plan->prepared_bytes());
    plan->prepare(operands().w, prepared.data(), on(threads));
    EXPECT_TRUE(prepared.are_kept_within());
    if (plan->prepared_bytes() > 0) w.bytes.assign(w.bytes.size(), std::byte{0xff});
    run(*plan, plan->prepared_bytes() > 0 ? prepared.data() : nullptr, threads);
  }

  static Execution on(int threads) {
    static ThreadPool pool(7);
    return Execution({}, &pool, threads);
  }

  void run(const Plan& plan, const std::byte* prepared, int threads) {
    AlignedBytes workspace(plan.workspace_bytes());
    Operands all = operands();
    all.prepared = prepared;
    plan.run(all, {workspace.data(), plan.workspace_bytes()}, on(threads));
    EXPECT_TRUE(workspace.are_kept_within());
  }

  Operands operands() {
    const auto pointer = [](Buffer& b) {
      return visit(b.dtype, [&]<class T>(ElementType<T>) -> void* { return b.origin<T>(); });
    };
    z.low = written().low;
    return {.x = pointer(x),
            .w = pointer(w),
            .y = pointer(y),
            .bias = bias.bytes.data(),
            .z = problem.epilogue.add ? pointer(z) : nullptr,
            .alpha = alpha};
  }

  void compare(const std::vector<Number>& want, Buffer& before) {
    Buffer& got = written();
    const Dims extents = got.extents;
    std::int64_t total = 1, nonzero = 0;
    for (std::int64_t extent : extents) total *= extent;
    for (std::int64_t number = 0; number < total; ++number) {
      std::int64_t rest = number, offset = 0, channel = 0;
      for (int i = extents.size() - 1; i >= 0; --i) {
        offset += rest % extents[i] * got.strides[i];
        if (i == 2) channel += rest % extents[i];
        if (i == 1) channel += rest % extents[i] * extents[2];
        rest /= extents[i];
      }
      Number exact = finished(want[static_cast<std::size_t>(offset - got.low)], offset, channel);
      if (problem.accumulate) exact += before.at(offset);
      visit(got.dtype, [&]<class T>(ElementType<T>) {
        T rounded;
        if constexpr (is_complex_type<T>)
          rounded = convert<T>(exact);
        else if constexpr (std::is_integral_v<T>)
          rounded = static_cast<T>(static_cast<std::int64_t>(exact.real()));  // wraps
        else
          rounded = convert<T>(exact.real());
        nonzero += exact != 0.0;
        ASSERT_EQ(std::memcmp(&got.origin<T>()[offset], &rounded, sizeof(T)), 0)
            << "element " << number << " is " << got.at(offset) << ", should be " << exact;
      });
      if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_TRUE(total <= 8 || nonzero > 0 || quiet) << "nothing but zeros was compared";
  }
  bool quiet = false;
};

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

// Random data, not integers: the same bits whoever computes them.
TEST(CpuGemm, DoesNotDependOnTheNumberOfThreads) {
  for (const char* text : {"fwd f32 nchw n2 c50 k20 i13x13 f3x3 p1", "dgrad f32 nhwc n2 c30 k40 i13x13 f3x3 s2 p1",
                           "wgrad f32 nchw n5 c10 k20 i23x23 f3x3 p1"}) {
    std::vector<std::byte> first;
    for (int threads : {1, 2, 3, 7}) {
      Case c(canonical(parse_problem(text)), 5);
      for (Role role : {Role::x, Role::w, Role::y})
        for (std::int64_t i = 0; i < c.buffer(role).count; ++i)
          c.buffer(role).origin<float>()[i] = std::sin(static_cast<float>(i * (1 + static_cast<int>(role))));
      c.run(threads);
      if (first.empty()) first = c.written().bytes;
      EXPECT_TRUE(c.written().bytes == first) << text << " with " << threads << " threads";
    }
  }
}

// Numbers that sums round, in every type.
void fill_unevenly(Case& c) {
  for (Role role : {Role::x, Role::w, Role::y}) {
    Buffer& buffer = c.buffer(role);
    visit(buffer.dtype, [&]<class T>(ElementType<T>) {
      for (std::int64_t i = 0; i < buffer.count; ++i) {
        const double value = std::sin(static_cast<double>(i * (1 + static_cast<int>(role))));
        buffer.origin<T>()[buffer.low + i] = convert<T>(std::is_integral_v<T> ? std::round(100 * value) : value);
      }
    });
  }
}

void check_same_bits(ConvProblem problem, int threads) {
  SCOPED_TRACE(print(problem));
  problem.constant_weights = false;
  Case plain(problem, 9);
  fill_unevenly(plain);
  problem.constant_weights = true;  // other tiles
  Case prepared(problem, 9);
  fill_unevenly(prepared);
  plain.run(threads);
  prepared.run_prepared(threads);
  ASSERT_TRUE(plain.written().bytes == prepared.written().bytes);
}

TEST(CpuGemm, PreparedWeightsGiveTheSameBits) {
  for (const char* text :  // several tiles of weights, blocks of the depth, groups and phases
       {"fwd f32 nchw n1 c200 k300 i7x7 f3x3 p1", "fwd f32 nhwc n1 c70 k1100 i3x3 f3x3 p1",
        "fwd f32 nchw n1 c700 k500 i7x7 f1x1", "fwd bf16 nhwc n2 c96 k520 g2 i5x5 f3x3 p1",
        "dgrad f32 nchw n1 c250 k90 i8x8 f3x3 s2 p1", "dgrad cf32 nhwc n1 c130 k50 g2 i8x8 f3x3 s2 p1",
        "dgrad i8:i8:i32 nchw n1 c260 k200 i6x6 f2x2 s2", "fwd f64 ncw n1 c400 k250 i30 f3 p1"})
    for (int threads : {1, 3}) check_same_bits(canonical(parse_problem(text)), threads);
  test::RandomProblems random(test::announced_seed());
  for (int round = 0; round < 300; ++round) {
    const ConvProblem problem = random.any();
    if (problem.pass != Pass::WeightGrad) check_same_bits(problem, static_cast<int>(random.between(1, 3)));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(CpuGemm, DoesNotDependOnTheMemoryThatItMayHave) {
  for (const char* text :
       {"fwd f32 nchw n2 c50 k20 i13x13 f3x3 p1", "dgrad bf16 nhwc n2 c30 k40 i13x13 f3x3 s2 p1 bias",
        "wgrad f32 nchw n5 c10 k20 i23x23 f3x3 p1", "wgrad cf32 nhwc n5 c10 k20 i23x23 f3x3 p1"}) {
    const ConvProblem problem = canonical(parse_problem(text));
    std::vector<std::byte> first;
    for (const cpu_gemm::Thrift& thrift : cpu_gemm::thrifts_of(problem, cpu_info(3))) {
      Case c(problem, 5);
      for (Role role : {Role::x, Role::w, Role::y})
        if (problem.operand(role).dtype == DType::f32)
          for (std::int64_t i = 0; i < c.buffer(role).count; ++i)
            c.buffer(role).origin<float>()[i] = std::sin(static_cast<float>(i * (1 + static_cast<int>(role))));
      c.run(3, thrift);
      if (first.empty()) first = c.written().bytes;
      EXPECT_TRUE(c.written().bytes == first) << text << " " << cpu_gemm::name_of(thrift);
    }
  }
}

TEST(CpuGemm, GivesAnImageTheSameBitsInAnyBatch) {
  const auto run = [](int batch) {
    Case c(canonical(parse_problem("fwd f32 nchw n" + std::to_string(batch) + " c50 k20 i9x9 f3x3 p1")), 6);
    for (Role role : {Role::x, Role::w})
      for (std::int64_t i = 0; i < c.buffer(role).count; ++i)
        c.buffer(role).origin<float>()[i] = std::sin(static_cast<float>(i % (50 * 81)));
    c.run(2);
    return c.written().bytes;
  };
  const auto one = run(1), many = run(11);
  for (std::size_t image = 0; image < 11; ++image)
    EXPECT_EQ(std::memcmp(one.data(), many.data() + image * one.size(), one.size()), 0) << "image " << image;
}

}  // namespace
}  // namespace faltung

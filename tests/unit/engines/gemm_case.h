// A problem in memory for cpu.gemm: run by its plan, and compared with the definition.
#pragma once

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
#include "problem/epilogue.h"
#include "problem/geometry.h"

namespace faltung::test {

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

}  // namespace faltung::test

// A mapped function equals the plain one called for each index, whatever is mapped and along which axis.
#include "support/random_call.h"

namespace faltung {
namespace {

using test::RandomCall;
using test::RandomProblems;

// An operand for every index, or one for all.
struct Operand {
  Tensor tensor;
  std::optional<int> axis;

  TensorView at(std::int64_t index) const {
    if (!axis) return tensor;
    return tensor.select(*axis < 0 ? *axis + tensor.rank() : *axis, index);
  }
};

class Mapping {
 public:
  Mapping(RandomProblems& random, DType dtype) : random_(random), dtype_(dtype), extent_(random.between(1, 3)) {}

  std::int64_t extent() const { return extent_; }
  bool any() const { return any_; }

  Operand operand(Dims sizes) {
    if (random_.chance(50)) return {test::integers(sizes, dtype_, random_), std::nullopt};
    any_ = true;
    const int place = static_cast<int>(random_.between(0, sizes.size()));
    const bool dense = random_.chance(50);  // the mapped axis lies where it stands, or outermost
    Dims stored = sizes;
    stored.insert(dense ? place : 0, extent_);
    const Tensor tensor = test::integers(stored, dtype_, random_);
    const Tensor moved = dense ? tensor : Tensor::borrow(tensor.move_axis(0, place), tensor.owner());
    return {moved, random_.chance(50) ? place : place - moved.rank()};
  }
  Operand maybe(const Dims& sizes) { return random_.chance(70) ? operand(sizes) : Operand{}; }

 private:
  RandomProblems& random_;
  DType dtype_;
  std::int64_t extent_;
  bool any_ = false;
};

void expect_stacked(const Tensor& stacked, const Mapping& mapping, std::int64_t index, const Tensor& one) {
  if (!mapping.any()) return test::expect_equal(stacked, one);
  ASSERT_EQ(stacked.size(0), mapping.extent());
  test::expect_equal(stacked.select(0, index), one);
}

// Both say no, or both give the same: `mapped` computes all, `plain` one index.
template <class Mapped, class Plain>
void expect_same(const Mapping& mapping, Mapped mapped, Plain plain) {
  const Tensor stacked = mapped();
  for (std::int64_t index = 0; index < mapping.extent(); ++index) {
    expect_stacked(stacked, mapping, index, plain(index));
    if (testing::Test::HasFailure()) return;
  }
}

constexpr int repetitions = 200;

TEST(Vmap, OfAConvolutionEqualsTheLoop) {
  RandomProblems random(test::announced_seed());
  for (int i = 0; i < repetitions && !HasFailure(); ++i) {
    const RandomCall call = test::random_call(random);
    SCOPED_TRACE(call.text());
    Mapping mapping(random, call.dtype);
    const Operand x = mapping.operand(call.input), w = mapping.operand(call.weight),
                  b = mapping.maybe({call.channels()});
    expect_same(
        mapping,
        [&] {
          return vmap_convolution(x.tensor, w.tensor, b.tensor, {.input = x.axis, .weight = w.axis, .bias = b.axis},
                                  call.options);
        },
        [&](std::int64_t at) { return convolution(x.at(at), w.at(at), b.at(at), call.options); });
  }
}

TEST(Vmap, OfABackwardEqualsTheLoop) {
  RandomProblems random(test::announced_seed());
  for (int i = 0; i < repetitions && !HasFailure(); ++i) {
    const RandomCall call = test::random_call(random);
    SCOPED_TRACE(call.text());
    Mapping mapping(random, call.dtype);
    const Operand x = mapping.operand(call.input), w = mapping.operand(call.weight), g = mapping.operand(call.output);
    const MappedAxes axes{.input = x.axis, .weight = w.axis, .grad_output = g.axis};
    const Gradients all = vmap_convolution_backward(g.tensor, x.tensor, w.tensor, axes, call.options);
    const auto one = [&](std::int64_t at) { return convolution_backward(g.at(at), x.at(at), w.at(at), call.options); };
    expect_same(
        mapping, [&] { return all.input; }, [&](std::int64_t at) { return one(at).input; });
    expect_same(
        mapping, [&] { return all.weight; }, [&](std::int64_t at) { return one(at).weight; });
    expect_same(
        mapping, [&] { return all.bias; }, [&](std::int64_t at) { return one(at).bias; });
  }
}

TEST(Vmap, OfADoubleBackwardEqualsTheLoop) {
  RandomProblems random(test::announced_seed());
  for (int i = 0; i < repetitions && !HasFailure(); ++i) {
    const RandomCall call = test::random_call(random);
    SCOPED_TRACE(call.text());
    Mapping mapping(random, call.dtype);
    const Operand x = mapping.operand(call.input), w = mapping.operand(call.weight), g = mapping.operand(call.output);
    const Operand ggx = mapping.maybe(call.input), ggw = mapping.maybe(call.weight),
                  ggb = mapping.maybe({call.channels()});
    const MappedAxes axes{.input = x.axis,
                          .weight = w.axis,
                          .grad_output = g.axis,
                          .gg_input = ggx.axis,
                          .gg_weight = ggw.axis,
                          .gg_bias = ggb.axis};
    const DoubleGradients all = vmap_convolution_double_backward(ggx.tensor, ggw.tensor, ggb.tensor, g.tensor, x.tensor,
                                                                 w.tensor, axes, call.options);
    const auto one = [&](std::int64_t at) {
      return convolution_double_backward(ggx.at(at), ggw.at(at), ggb.at(at), g.at(at), x.at(at), w.at(at),
                                         call.options);
    };
    expect_same(
        mapping, [&] { return all.grad_output; }, [&](std::int64_t at) { return one(at).grad_output; });
    expect_same(
        mapping, [&] { return all.input; }, [&](std::int64_t at) { return one(at).input; });
    expect_same(
        mapping, [&] { return all.weight; }, [&](std::int64_t at) { return one(at).weight; });
  }
}

}  // namespace
}  // namespace faltung

#include "support/random_call.h"

#include <span>

namespace faltung::test {
namespace {

PerAxis per_axis(RandomProblems& random, int rank, std::int64_t low, std::int64_t high) {
  if (random.chance(30)) return PerAxis(random.between(low, high));
  std::vector<std::int64_t> values;
  for (int a = 0; a < rank; ++a) values.push_back(random.between(low, high));
  return PerAxis(values);
}

Padding padding(RandomProblems& random, int rank) {
  if (random.chance(40))
    return random.pick<PaddingMode>(
        {PaddingMode::valid, PaddingMode::same, PaddingMode::same_lower, PaddingMode::causal, PaddingMode::full});
  std::vector<Sides> sides;
  for (int a = 0; a < rank; ++a) sides.emplace_back(random.between(-1, 2), random.between(-1, 2));
  if (random.chance(50)) return Padding(sides);
  return Padding(std::abs(sides[0].low));
}

RandomCall attempt(RandomProblems& random) {
  const int rank = static_cast<int>(random.between(1, 3));
  RandomCall call;
  ConvOptions& o = call.options;
  o.numerics.transforms = false;  // exact on whole numbers
  o.transposed = random.chance(40);
  o.groups = random.between(1, 3);
  o.stride = per_axis(random, rank, 1, 3);
  o.dilation = per_axis(random, rank, 1, 2);
  o.padding = padding(random, rank);
  if (o.transposed && random.chance(30)) o.output_padding = 1;
  const std::int64_t in = random.between(1, 3), out = random.between(1, 3);
  if (random.chance(75)) call.input.push_back(random.between(1, 3));
  call.input.push_back(in * o.groups);
  call.weight = {(o.transposed ? in : out) * o.groups, o.transposed ? out : in};
  for (int a = 0; a < rank; ++a) {
    call.input.push_back(random.between(1, 6));
    call.weight.push_back(random.between(1, 3));
  }
  call.output = convolution_sizes(call.input, call.weight, o);
  call.dtype = random.pick<DType>({DType::f64, DType::f32, DType::bf16, DType::cf64, DType::cf32});
  return call;
}

}  // namespace

RandomCall random_call(RandomProblems& random) {
  for (;;) {
    try {
      return attempt(random);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::InvalidArgument) throw;  // parameters that mean nothing together: others are tried
    }
  }
}

std::string RandomCall::text() const {
  const TensorView x(nullptr, dtype, input, dense_strides(input)), w(nullptr, dtype, weight, dense_strides(weight));
  return print(convolution_problem(x, w, {}, options));
}

}  // namespace faltung::test

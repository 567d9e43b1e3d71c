#include "cuda/gpu.h"

namespace faltung::test {
namespace {

std::size_t count_of(const ConvProblem& problem, Role role) {
  std::size_t count = 1;
  for (std::int64_t extent : extents_of(problem.geometry, role)) count *= static_cast<std::size_t>(extent);
  return count;
}

std::vector<float> small_integers(std::size_t count, unsigned seed) {
  std::vector<float> values(count);
  unsigned state = seed * 2654435761u + 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<int>(state >> 16) % 5) - 2;
  }
  return values;
}

}  // namespace

Example::Example(const ConvProblem& problem, unsigned seed)
    : x(small_integers(count_of(problem, Role::x), seed)),
      w(small_integers(count_of(problem, Role::w), seed + 1)),
      y(small_integers(count_of(problem, Role::y), seed + 2)) {
  const CompiledConv reference = compile(problem, {.only = "reference"});
  reference.run({.x = x.data(), .w = w.data(), .y = y.data()});
  expected = of(written_role(problem.pass));
}

ExampleOnGpu::ExampleOnGpu(const ConvProblem& problem)
    : written_(written_role(problem.pass)),
      x_(4 * count_of(problem, Role::x)),
      w_(4 * count_of(problem, Role::w)),
      y_(4 * count_of(problem, Role::y)) {}

void ExampleOnGpu::upload(const Example& example, cudaStream_t stream) const {
  for (const auto& [role, values] : {std::pair(Role::x, &example.x), {Role::w, &example.w}, {Role::y, &example.y}}) {
    if (role == written_) {
      require(cudaMemsetAsync(of(role).data(), 0xFF, of(role).size(), stream));  // NaN
    } else {
      require(cudaMemcpyAsync(of(role).data(), values->data(), of(role).size(), cudaMemcpyHostToDevice, stream));
    }
  }
}

std::vector<float> ExampleOnGpu::result(cudaStream_t stream) const {
  std::vector<float> values(of(written_).size() / 4);
  EXPECT_EQ(cudaMemcpyAsync(values.data(), of(written_).data(), of(written_).size(), cudaMemcpyDeviceToHost, stream),
            cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  return values;
}

}  // namespace faltung::test

// A call whose plan is known allocates its output and nothing else.
#include <atomic>
#include <cstdlib>
#include <new>

#include "support/tensors.h"

namespace {

std::atomic<int> allocations = 0;

void* counted(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes ? bytes : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
// The sanitizers have their own of these too: all that ends in the deletes below must come from malloc.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return ++allocations, std::malloc(bytes ? bytes : 1);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return ++allocations, std::malloc(bytes ? bytes : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace faltung {
namespace {

template <class Call>
int allocations_of(Call&& call) {
  call();  // plans
  const int before = allocations;
  call();
  return allocations - before;
}

TEST(Allocations, AreNoneForAnOutFormWithAKnownPlan) {
  const Tensor x = Tensor::zeros({1, 8, 8, 8}, DType::f32), w = Tensor::zeros({8, 8, 3, 3}, DType::f32);
  const Tensor b = Tensor::zeros({8}, DType::f32), out = Tensor::empty({1, 8, 8, 8}, DType::f32);
  const ConvOptions options{.padding = "same", .policy = {.only = "reference"}};
  EXPECT_EQ(allocations_of([&] { conv2d_out(out, x, w, b, options); }), 0);
  EXPECT_GE(allocations_of([&] { return std::string(100, 'x'); }), 1);  // they are counted
}

TEST(Allocations, AreNoneForAMappedOutFormWhoseAxesFoldInPlace) {
  const Tensor x = Tensor::zeros({3, 2, 8, 8, 8}, DType::f32), w = Tensor::zeros({8, 8, 3, 3}, DType::f32);
  const Tensor out = Tensor::empty({3, 2, 8, 8, 8}, DType::f32);
  const ConvOptions options{.padding = 1, .policy = {.only = "reference"}};
  EXPECT_EQ(allocations_of([&] { vmap_convolution_out(out, x, w, {}, {.input = 0}, options); }), 0);
}

TEST(Allocations, AreThoseOfTheOutputForANewTensor) {
  const Tensor x = Tensor::zeros({1, 8, 8, 8}, DType::f32), w = Tensor::zeros({8, 8, 3, 3}, DType::f32);
  const ConvOptions options{.padding = 1, .policy = {.only = "reference"}};
  const int output = allocations_of([] { return Tensor::empty({1, 8, 8, 8}, DType::f32); });
  EXPECT_EQ(allocations_of([&] { return conv2d(x, w, {}, options); }), output);
}

}  // namespace
}  // namespace faltung

#include "api/channel_sum.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tensor/reduce.h"

namespace faltung {
namespace {

Tensor counted(const Dims& sizes, DType dtype, MemoryFormat format) {
  const Tensor wide = Tensor::empty(sizes, DType::f64, format);
  for (std::int64_t i = 0; i < wide.numel(); ++i) wide.as<double>()[i] = static_cast<double>(i * 7 % 23 - 11);
  const Tensor tensor = Tensor::empty(sizes, dtype, format);
  copy(wide, tensor);
  return tensor;
}

Tensor numbers(const TensorView& tensor) { return cast(tensor, is_complex(tensor.dtype) ? DType::cf64 : DType::f64); }

TEST(SumChannels, AConvolutionSumsLikeTheProcessor) {
  using enum DType;
  Context& context = default_context();
  for (DType dtype : {f32, f64, f16, bf16, cf32, cf64, i8, i32, i64})
    for (MemoryFormat format : {MemoryFormat::contiguous, MemoryFormat::channels_last})
      for (const Dims& sizes : {Dims{2, 3, 7}, Dims{3, 5, 6, 7}, Dims{2, 3, 4, 3, 5}}) {
        const Tensor view = counted(sizes, dtype, format);
        const Tensor got = Tensor::empty({2 * sizes[1]}, dtype), want = Tensor::empty({sizes[1]}, dtype);
        TensorView gaps = got;  // an output with a stride of its own
        gaps.sizes = {sizes[1]}, gaps.strides = {2};
        sum_by_convolution(view, 1, gaps, {}, context);
        sum_all_but(view, 1, want);
        const Tensor a = numbers(gaps), b = numbers(want);
        const auto bytes = static_cast<std::size_t>(a.numel()) * size_of(a.dtype);
        EXPECT_EQ(std::memcmp(a.data, b.data, bytes), 0) << name_of(dtype) << " of rank " << sizes.size();
      }
}

TEST(SumChannels, WithoutBatchTheFirstAxisIsTheChannels) {
  const Tensor view = counted({4, 5, 6}, DType::f32, MemoryFormat::contiguous);
  const Tensor got = Tensor::empty({4}, DType::f32), want = Tensor::empty({4}, DType::f32);
  sum_by_convolution(view, 0, got, {}, default_context());
  sum_all_but(view, 0, want);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(got.as<float>()[i], want.as<float>()[i]);
}

TEST(SumChannels, OfNothingIsZero) {
  const Tensor got = Tensor::empty({3}, DType::f32);
  fill(got, 5);
  sum_by_convolution(Tensor::empty({0, 3, 4}, DType::f32), 1, got, {}, default_context());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(got.as<float>()[i], 0);
}

}  // namespace
}  // namespace faltung

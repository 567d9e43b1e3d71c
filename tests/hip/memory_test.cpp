// Tensors on HIP devices.
#include <array>
#include <numeric>
#include <vector>

#include "hip/hip_test.h"
#include "tensor/reduce.h"

namespace faltung {
namespace {

using test::hip_device;

Tensor there(const Dims& sizes, DType dtype, MemoryFormat format = MemoryFormat::contiguous) {
  return Tensor::empty(sizes, dtype, format, hip_device);
}

std::vector<float> floats_of(const TensorView& view) {
  Tensor here = Tensor::empty(view.sizes, DType::f32);
  copy(view, here);
  return {here.as<float>(), here.as<float>() + here.numel()};
}

struct Numbers {
  std::array<float, 24> all;
  Numbers() { std::iota(all.begin(), all.end(), 1.0f); }
  TensorView view() { return TensorView::of(all.data(), {2, 3, 2, 2}); }
  std::vector<float> list() const { return {all.begin(), all.end()}; }
};

TEST(HipMemory, ComesBackAsItWentThroughEveryTypeAndLayout) {
  Numbers numbers;
  for (const DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i8, DType::i64, DType::cf32})
    for (const MemoryFormat format : {MemoryFormat::contiguous, MemoryFormat::channels_last}) {
      const Tensor first = there({2, 3, 2, 2}, dtype, format);
      copy(numbers.view(), first);
      const Tensor second = clone(first, MemoryFormat::channels_last);
      EXPECT_EQ(second.device, hip_device);
      const TensorView real = is_complex(dtype) ? view_as_real(second).select(4, 0) : TensorView(second);
      EXPECT_EQ(floats_of(real), numbers.list()) << name_of(dtype);
    }
}

TEST(HipMemory, CopiesWriteNothingBetweenTheElementsOfAView) {
  Numbers numbers;
  const Tensor wide = there({2, 6, 2, 4}, DType::f32);
  fill(wide, -1);
  const TensorView part = [&] {
    TensorView view = wide.narrow(1, 1, 3).narrow(3, 0, 3);
    view.sizes[3] = 2;
    view.strides[3] = 2;  // every other element
    return view;
  }();
  copy(numbers.view(), part);
  EXPECT_EQ(floats_of(part), numbers.list());
  const std::vector<float> all = floats_of(wide);
  EXPECT_EQ(std::count(all.begin(), all.end(), -1.0f), 96 - 24);
  fill(part, 0);
  EXPECT_EQ(floats_of(part), std::vector<float>(24));
  const std::vector<float> after = floats_of(wide);
  EXPECT_EQ(std::count(after.begin(), after.end(), -1.0f), 96 - 24);
}

TEST(HipMemory, ViewsWithRowsOfNeighboursAndReversedOnesAreCopied) {
  Numbers numbers;
  const Tensor wide = there({2, 3, 2, 5}, DType::f32);
  fill(wide, 7);
  const TensorView rows = wide.narrow(3, 2, 2);
  copy(numbers.view(), rows);
  EXPECT_EQ(floats_of(rows), numbers.list());
  TensorView back = rows.narrow(0, 0, 2);
  back.data = rows.narrow(0, 1, 1).data;
  back.strides[0] = -back.strides[0];
  const std::vector<float> reversed = floats_of(back);
  EXPECT_EQ(reversed.front(), 13);
  EXPECT_EQ(reversed.back(), 12);
}

TEST(HipMemory, SumsConjugatesAndOtherDevicesWork) {
  Numbers numbers;
  const Tensor first = there({2, 3, 2, 2}, DType::f32), sums = there({3}, DType::f32);
  copy(numbers.view(), first);
  sum_all_but(first, 1, sums);
  EXPECT_EQ(floats_of(sums), (std::vector<float>{68, 100, 132}));
  const Tensor second = Tensor::empty({2, 3, 2, 2}, DType::f16, MemoryFormat::contiguous, {DeviceType::hip, 1});
  copy(first, second);
  EXPECT_EQ(floats_of(second), numbers.list());
  order({hip_device, nullptr}, {{DeviceType::hip, 1}, nullptr});
  synchronize({hip_device, nullptr});
}

TEST(HipMemory, WhatIsNotThereIsSaid) {
  EXPECT_THROW(Tensor::empty({1}, DType::f32, MemoryFormat::contiguous, {DeviceType::hip, 2}), Error);
  const test::Standin standin("little_memory");
  try {
    there({1 << 20}, DType::f32);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
  }
}

TEST(HipDevice, ItsFiguresAreThoseOfTheRuntime) {
  const DeviceInfo info = device_info(hip_device);
  EXPECT_EQ(info.name, "Stand-in");
  EXPECT_EQ(info.capability, 94);
  EXPECT_EQ(info.sm_count, 304);
  EXPECT_NEAR(info.matrix.f16, 1307e12, 2e12);  // of the data sheet
}

}  // namespace
}  // namespace faltung

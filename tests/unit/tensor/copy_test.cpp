#include <gtest/gtest.h>

#include "tensor/dispatch.h"
#include "unit/tensor/random_views.h"

// Huge requests are to fail with a null pointer, not to end the program, where a sanitizer provides the allocator.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

namespace faltung {
namespace {

using test::at;
using test::for_each_index;
using test::random_layout;

constexpr std::array all_dtypes{DType::f32, DType::f64, DType::f16, DType::bf16,    DType::cf32, DType::cf64,
                                DType::i8,  DType::i32, DType::i64, DType::boolean, DType::u8};

template <class T>
void fill_with_integers(const TensorView& view, std::mt19937& random) {
  for_each_index(view.sizes, [&](const Dims& index) {
    const double real = static_cast<double>(random() % 17) - 8, imaginary = static_cast<double>(random() % 17) - 8;
    if constexpr (is_complex_type<T>)
      at<T>(view, index) = T(static_cast<float>(real), static_cast<float>(imaginary));
    else
      at<T>(view, index) = convert_stored<T>(real);
  });
}

Dims random_sizes(std::mt19937& random) {
  Dims sizes;
  for (unsigned i = random() % 6; i > 0; --i) sizes.push_back(static_cast<std::int64_t>(random() % 6));
  if (random() % 4 == 0)
    sizes = {static_cast<std::int64_t>(random() % 3 + 1), 40, static_cast<std::int64_t>(random() % 70)};
  return sizes;
}

TEST(Copy, AgreesWithTheLoopForAllTypesAndLayouts) {
  std::mt19937 random(7);
  int compared = 0;
  for (int repeat = 0; repeat < 6; ++repeat) {
    for (DType from : all_dtypes) {
      for (DType to : all_dtypes) {
        if (is_complex(from) && !is_complex(to)) continue;
        const Dims sizes = random_sizes(random);
        TensorView source = random_layout(random, sizes, from), out = random_layout(random, sizes, to);
        const Tensor keep_source = random_layout(random, sizes, from), keep_out = random_layout(random, sizes, to);
        source = keep_source;
        out = keep_out;
        if (random() % 2) source = source.conj();
        visit_stored(from, [&](auto tag) { fill_with_integers<typename decltype(tag)::type>(source, random); });
        copy(source, out);
        visit_stored(from, [&](auto from_tag) {
          visit_stored(to, [&](auto to_tag) {
            using From = typename decltype(from_tag)::type;
            using To = typename decltype(to_tag)::type;
            for_each_index(sizes, [&](const Dims& index) {
              if constexpr (!is_complex_type<From> || is_complex_type<To>) {
                From value = at<From>(source, index);
                if constexpr (is_complex_type<From>) value = source.conjugate ? std::conj(value) : value;
                const To expected = convert_stored<To>(value);
                ASSERT_EQ(std::memcmp(&expected, &at<To>(out, index), sizeof(To)), 0) << name_of(from) << name_of(to);
                ++compared;
              }
            });
          });
        });
      }
    }
  }
  EXPECT_GT(compared, 10000);
}

TEST(Copy, ChangesTheFormatOfLargeTensors) {
  const Tensor source = Tensor::empty({3, 70, 33, 41}, DType::f32);
  for (std::int64_t i = 0; i < source.numel(); ++i) source.as<float>()[i] = static_cast<float>(i);
  const Tensor last = clone(source, MemoryFormat::channels_last);
  EXPECT_EQ(last.strides, dense_strides(source.sizes, MemoryFormat::channels_last));
  for_each_index(source.sizes, [&](const Dims& i) { ASSERT_EQ(at<float>(last, i), at<float>(source, i)); });
  const Tensor back = clone(last);
  EXPECT_EQ(std::memcmp(back.data, source.data, static_cast<std::size_t>(source.numel()) * 4), 0);
}

TEST(Copy, WritesNothingBetweenTheElements) {
  const Tensor memory = Tensor::zeros({10, 10}, DType::i32);
  const TensorView inner = memory.narrow(0, 2, 5).narrow(1, 3, 4).transpose(0, 1);
  const Tensor ones = Tensor::empty({4, 5}, DType::i8);
  fill(ones, 1);
  copy(ones, inner);
  std::int64_t sum = 0;
  for (int i = 0; i < 100; ++i) sum += memory.as<int>()[i];
  EXPECT_EQ(sum, 20);
  EXPECT_EQ(memory.as<int>()[23], 1);
  EXPECT_EQ(memory.as<int>()[27], 0);
}

TEST(Copy, RefusesWhatItCannotMean) {
  const Tensor complex = Tensor::zeros({2}, DType::cf32), real = Tensor::zeros({2}, DType::f32),
               other = Tensor::zeros({3}, DType::f32);
  EXPECT_THROW(copy(complex, real), Error);
  EXPECT_THROW(copy(real, other), Error);
  EXPECT_THROW(copy(real, TensorView(real.data, DType::f32, {2}, {0})), Error);
  EXPECT_THROW(copy(TensorView(nullptr, DType::f32, {2}, {1}), real), Error);
  EXPECT_THROW(copy(TensorView(), real), Error);
  EXPECT_THROW(copy(TensorView(real.data, DType::f32, {2}, {INT64_MAX / 2}), real), Error);
}

TEST(Convert, RoundsOnceToNarrowTypes) {
  // Just above a midpoint of f16: rounding to float first would land on it and then go down to even.
  const double above = 1.0 + 0x1p-11 + 0x1p-40;
  EXPECT_EQ(static_cast<float>(convert_stored<Half>(above)), 1.0f + 0x1p-10f);
  EXPECT_EQ(static_cast<float>(convert_stored<Half>(-above)), -1.0f - 0x1p-10f);
  EXPECT_EQ(static_cast<float>(convert_stored<BFloat16>(1.0 + 0x1p-8 + 0x1p-40)), 1.0f + 0x1p-7f);
  EXPECT_EQ(static_cast<float>(convert_stored<BFloat16>(1.0 + 0x1p-8 - 0x1p-40)), 1.0f);
  EXPECT_EQ(static_cast<float>(convert_stored<BFloat16>((std::int64_t(1) << 60) + (std::int64_t(1) << 52) + 1)),
            0x1p60f + 0x1p53f);
  EXPECT_EQ(static_cast<float>(convert_stored<BFloat16>((std::int64_t(1) << 60) + (std::int64_t(1) << 52))), 0x1p60f);
}

TEST(Convert, IntegersWrapAndFloatsSaturate) {
  EXPECT_EQ(convert_stored<std::int8_t>(std::int32_t(300)), 44);
  EXPECT_EQ(convert_stored<std::int8_t>(2.5), 2);
  EXPECT_EQ(convert_stored<std::int8_t>(-3.5), -4);
  EXPECT_EQ(convert_stored<std::int8_t>(1e9), 127);
  EXPECT_EQ(convert_stored<std::int64_t>(-1e30), INT64_MIN);
  EXPECT_EQ(convert_stored<std::int64_t>(0x1p63), INT64_MAX);
  EXPECT_EQ(convert_stored<std::int32_t>(std::nan("")), 0);
}

TEST(Empty, IsAlignedAndZerosAreZero) {
  for (std::int64_t n : {0, 1, 7, 1000}) {
    const Tensor tensor = Tensor::zeros({n, 3}, DType::f16);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data) % 64, 0u);
    for (std::int64_t i = 0; i < 3 * n; ++i) EXPECT_EQ(tensor.as<Half>()[i].bits, 0);
  }
}

TEST(Empty, RefusesExtentsThatNoMachineHolds) {
  const auto code_of = [](const Dims& sizes) {
    try {
      Tensor::empty(sizes, DType::f32);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::EngineFailure;
  };
  EXPECT_EQ(code_of({-1}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({INT64_C(1) << 31, INT64_C(1) << 31}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({INT64_C(1) << 40, INT64_C(1) << 40}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({INT64_C(1) << 55}), ErrorCode::OutOfMemory);
}

TEST(Empty, NamesTheBytesItCouldNotGet) {
  try {
    Tensor::empty({INT64_C(1) << 55}, DType::f32);
    FAIL() << "no machine has so much";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("144115188075855872"), std::string::npos) << error.what();
  }
}

TEST(Empty, ADeviceWithoutABackendIsUnsupported) {
  try {
    Tensor::empty({1}, DType::f32, MemoryFormat::contiguous, Device{DeviceType::hip, 0});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
  }
}

TEST(Cast, KeepsChannelsLast) {
  const Tensor source = Tensor::zeros({2, 3, 4, 5}, DType::f32, MemoryFormat::channels_last);
  const Tensor result = cast(source, DType::bf16);
  EXPECT_EQ(result.strides, source.strides);
  EXPECT_EQ(result.dtype, DType::bf16);
}

TEST(Clone, ResolvesConjugation) {
  std::complex<float> z(1, 2);
  const Tensor copy_of = clone(TensorView::of(&z, {1}).conj());
  EXPECT_FALSE(copy_of.conjugate);
  EXPECT_EQ(*copy_of.as<std::complex<float>>(), std::complex<float>(1, -2));
}

TEST(Borrow, KeepsTheOwnerAlive) {
  auto owner = std::make_shared<std::vector<float>>(4, 1.0f);
  const std::weak_ptr<void> watch = owner;
  Tensor tensor = Tensor::borrow(TensorView::of(owner->data(), {4}), owner);
  owner.reset();
  EXPECT_FALSE(watch.expired());
  tensor = Tensor();
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace faltung

#include "tensor/overlap.h"

#include <gtest/gtest.h>

#include <set>

#include "unit/tensor/random_views.h"

namespace faltung {
namespace {

alignas(64) std::byte memory[1 << 16];

TensorView in_memory(std::int64_t byte, DType dtype, Dims sizes, Dims strides) {
  return TensorView(memory + (1 << 15) + byte, dtype, sizes, strides);
}

std::multiset<std::intptr_t> bytes_of_view(const TensorView& view) {
  std::multiset<std::intptr_t> bytes;
  test::for_each_index(view.sizes, [&](const Dims& index) {
    std::int64_t offset = 0;
    for (int axis = 0; axis < view.rank(); ++axis) offset += index[axis] * view.strides[axis];
    const auto width = static_cast<std::int64_t>(size_of(view.dtype));
    for (std::int64_t b = 0; b < width; ++b)
      bytes.insert(reinterpret_cast<std::intptr_t>(view.data) + offset * width + b);
  });
  return bytes;
}

TensorView random_view(std::mt19937& random) {
  const auto draw = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  Dims sizes, strides;
  for (std::int64_t i = draw(4); i > 0; --i) {
    sizes.push_back(draw(4) + (draw(8) > 0));
    strides.push_back(draw(25) - 8);
  }
  return in_memory(draw(64), draw(2) ? DType::f16 : DType::f32, sizes, strides);
}

TEST(Overlap, AgreesWithTheSetOfBytes) {
  std::mt19937 random(3);
  int yes = 0, no = 0;
  for (int repeat = 0; repeat < 20000; ++repeat) {
    const TensorView a = random_view(random), b = random_view(random);
    const auto bytes_a = bytes_of_view(a), bytes_b = bytes_of_view(b);
    const std::set<std::intptr_t> distinct(bytes_a.begin(), bytes_a.end());
    bool shared = false;
    for (std::intptr_t byte : bytes_b) shared = shared || distinct.contains(byte);
    ASSERT_EQ(overlaps(a, b), shared);
    ASSERT_EQ(overlaps_itself(a), distinct.size() != bytes_a.size());
    if (!bytes_a.empty()) {
      ASSERT_EQ(address_range(a).begin, static_cast<std::uintptr_t>(*bytes_a.begin()));
      ASSERT_EQ(address_range(a).end, static_cast<std::uintptr_t>(*bytes_a.rbegin()) + 1);
    }
    ++(shared ? yes : no);
  }
  EXPECT_GT(yes, 1000);
  EXPECT_GT(no, 1000);
}

TEST(Overlap, ChannelSlicesOfOneBufferAreApart) {
  const TensorView whole = in_memory(0, DType::f32, {64, 256, 56, 56}, dense_strides({64, 256, 56, 56}));
  EXPECT_FALSE(overlaps(whole.narrow(1, 0, 100), whole.narrow(1, 100, 156)));
  EXPECT_TRUE(overlaps(whole.narrow(1, 0, 101), whole.narrow(1, 100, 156)));
  EXPECT_FALSE(overlaps_itself(whole.narrow(1, 0, 100)));
  const TensorView last =
      in_memory(0, DType::f32, {64, 256, 56, 56}, dense_strides({64, 256, 56, 56}, MemoryFormat::channels_last));
  EXPECT_FALSE(overlaps(last.narrow(1, 0, 100), last.narrow(1, 100, 156)));
  EXPECT_TRUE(overlaps(last.narrow(1, 0, 101), last.narrow(1, 100, 156)));
}

TEST(Overlap, StridesBeyondTheAddressSpaceAreRefused) {
  EXPECT_THROW(address_range(in_memory(0, DType::f32, {2}, {INT64_MAX})), Error);
  EXPECT_THROW(address_range(in_memory(0, DType::f32, {2}, {INT64_MIN})), Error);
  EXPECT_THROW(address_range(in_memory(0, DType::i8, {3, 3}, {INT64_C(1) << 62, INT64_C(1) << 62})), Error);
  EXPECT_NO_THROW(address_range(in_memory(0, DType::f32, {1}, {INT64_MAX})));
}

}  // namespace
}  // namespace faltung

#include <gtest/gtest.h>

#include "faltung/tensor.h"

namespace faltung {
namespace {

TensorView shaped(Dims sizes, Dims strides) { return TensorView(nullptr, DType::f32, sizes, strides); }
bool channels_last(Dims sizes, Dims strides) { return suggests_channels_last(shaped(sizes, strides)); }

TEST(DenseStrides, FollowTheFormat) {
  EXPECT_EQ(dense_strides({2, 3, 4, 5}), Dims({60, 20, 5, 1}));
  EXPECT_EQ(dense_strides({2, 3, 4, 5}, MemoryFormat::channels_last), Dims({60, 1, 15, 3}));
  EXPECT_EQ(dense_strides({2, 3, 4}, MemoryFormat::channels_last), Dims({12, 1, 3}));
  EXPECT_EQ(dense_strides({2, 3, 4, 5, 6}, MemoryFormat::channels_last), Dims({360, 1, 90, 18, 3}));
  EXPECT_EQ(dense_strides({2, 0, 4}), Dims({4, 4, 1}));
  EXPECT_EQ(dense_strides({}), Dims());
}

TEST(DenseStrides, RefuseWhatLeaves64Bits) {
  EXPECT_THROW(dense_strides({INT64_C(1) << 32, INT64_C(1) << 32}), Error);
  EXPECT_THROW(dense_strides({3, -1}), Error);
  EXPECT_THROW(dense_strides({3, 4}, MemoryFormat::channels_last), Error);
}

TEST(ChannelsLast, IsSeenInDenseTensors) {
  for (const Dims& sizes : {Dims{2, 3, 4}, Dims{2, 3, 4, 5}, Dims{2, 3, 4, 5, 6}}) {
    EXPECT_FALSE(channels_last(sizes, dense_strides(sizes)));
    EXPECT_TRUE(channels_last(sizes, dense_strides(sizes, MemoryFormat::channels_last)));
  }
}

// The cases that PyTorch's own source names as the doubtful ones.
TEST(ChannelsLast, ReadsExtentsOfOneAsPyTorchDoes) {
  EXPECT_FALSE(channels_last({4, 1, 1, 1}, {1, 1, 1, 1}));
  EXPECT_FALSE(channels_last({4, 1, 1, 1}, {7, 7, 7, 7}));
  EXPECT_TRUE(channels_last({4, 1, 5, 1}, {5, 1, 1, 1}));
  EXPECT_FALSE(channels_last({4, 1, 5, 1}, {5, 5, 1, 1}));
  EXPECT_FALSE(channels_last({1, 3, 1, 5}, {15, 5, 5, 1}));
  EXPECT_FALSE(channels_last({1, 5, 1, 3}, {15, 1, 5, 5}));
  EXPECT_TRUE(channels_last({1, 5, 1, 3}, {15, 1, 15, 5}));
  EXPECT_TRUE(channels_last({2, 8, 1, 1}, {8, 1, 8, 8}));
  EXPECT_FALSE(channels_last({2, 8, 1, 1}, {8, 1, 1, 1}));
  EXPECT_FALSE(channels_last({2, 3, 4, 5}, {60, 0, 5, 1}));
  EXPECT_FALSE(channels_last({2, 0, 4, 5}, {20, 1, 5, 1}));
}

TEST(ChannelsLast, SurvivesSlicesButNotHostileStrides) {
  EXPECT_TRUE(channels_last({2, 3, 4, 2}, {60, 1, 15, 3}));
  EXPECT_FALSE(channels_last({2, 3, 4, 5}, {INT64_MAX, 1, INT64_MAX, 3}));
  EXPECT_FALSE(channels_last({2, 3, 4, 5}, {-60, 1, 15, 3}));
}

TEST(Contiguous, IgnoresExtentsOfOneAndEmptyTensors) {
  EXPECT_TRUE(shaped({2, 1, 4}, {4, 99, 1}).is_contiguous());
  EXPECT_FALSE(shaped({2, 2, 4}, {8, 99, 1}).is_contiguous());
  EXPECT_TRUE(shaped({2, 0, 4}, {7, 7, 7}).is_contiguous());
  EXPECT_TRUE(shaped({2, 3, 4, 5}, {60, 1, 15, 3}).is_contiguous(MemoryFormat::channels_last));
  EXPECT_FALSE(shaped({2, 3, 4, 5}, {60, 20, 5, 1}).is_contiguous(MemoryFormat::channels_last));
  EXPECT_FALSE(shaped({2, 3}, {3, 1}).is_contiguous(MemoryFormat::channels_last));
}

}  // namespace
}  // namespace faltung

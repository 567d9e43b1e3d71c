// The copy that kernels are compared with copies every byte, in a plausible time.
#include <algorithm>

#include "cuda/gpu.h"
#include "device/cuda/clock/copy_words.h"
#include "faltung/tune.h"

namespace faltung {
namespace {

using CopyTime = test::Gpu;

// Sizes around a block's work for each kind of copy; nothing is written past the end.
TEST_F(CopyTime, EveryWordIsCopiedAndNoneBehind) {
  constexpr std::size_t most = 5000, bytes = (most + 1) * cuda::word_bytes;
  std::vector<unsigned char> numbers(bytes), found(bytes);
  for (std::size_t i = 0; i < bytes; ++i) numbers[i] = static_cast<unsigned char>(i % 251);
  const test::GpuBytes from(bytes), to(bytes);
  test::require(cudaMemcpy(from.data(), numbers.data(), bytes, cudaMemcpyHostToDevice));
  const test::GpuStream stream;
  for (bool four_at_once : {false, true}) {
    for (std::size_t words : {std::size_t{0}, std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{257},
                              std::size_t{1023}, std::size_t{1024}, std::size_t{1025}, most}) {
      test::require(cudaMemset(to.data(), 0xFF, bytes));
      test::require(cudaDeviceSynchronize());
      cuda::copy_words(from.data(), to.data(), words, four_at_once, stream.get());
      stream.wait();
      test::require(cudaMemcpy(found.data(), to.data(), bytes, cudaMemcpyDeviceToHost));
      const auto end = static_cast<std::ptrdiff_t>(words * cuda::word_bytes);
      EXPECT_TRUE(std::equal(found.begin(), found.begin() + end, numbers.begin())) << words;
      EXPECT_TRUE(std::all_of(found.begin() + end, found.end(), [](unsigned char byte) { return byte == 0xFF; }))
          << words;
    }
  }
}

TEST_F(CopyTime, MoreBytesTakeLonger) {
  const auto little = measure_copy_on_gpu(std::size_t{1} << 20, DType::bf16, test::gpu, 0.01);
  const auto much = measure_copy_on_gpu(std::size_t{1} << 28, DType::bf16, test::gpu, 0.01);
  ASSERT_TRUE(little && much);
  EXPECT_GT(*little, 1e-8);
  EXPECT_GT(*much, 8 * *little);
  EXPECT_LT((1 << 29) / *much, 1e14);  // bytes per second read and written, more than any memory reaches
}

TEST_F(CopyTime, BytesOfAnyTypeAndNumber) {
  for (DType type : {DType::i8, DType::bf16, DType::f32, DType::f64, DType::cf64})
    for (std::size_t bytes : {1, 17, 4099}) EXPECT_TRUE(measure_copy_on_gpu(bytes, type, test::gpu, 0)) << bytes;
}

TEST_F(CopyTime, NothingToCopyOrNoMemoryForItIsNoError) {
  EXPECT_FALSE(measure_copy_on_gpu(0, DType::f32, test::gpu, 0));
  std::size_t free = 0, total = 0;
  test::require(cudaMemGetInfo(&free, &total));
  EXPECT_FALSE(measure_copy_on_gpu(total, DType::f32, test::gpu, 0));
  EXPECT_TRUE(measure_copy_on_gpu(1 << 20, DType::f32, test::gpu, 0));
}

}  // namespace
}  // namespace faltung

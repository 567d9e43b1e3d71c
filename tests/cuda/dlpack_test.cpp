// A consumer's stream sees a tensor that the producer's stream is still writing.
#include "cuda/gpu.h"
#include "faltung/tensor.h"

namespace faltung {
namespace {

class DlPack : public test::Gpu {
 protected:
  static constexpr std::int64_t count = 1 << 20;

  // Work that keeps the stream busy far longer than the hand-over takes.
  void keep_busy(const test::GpuStream& stream) {
    for (int i = 0; i < 400; ++i) test::require(cudaMemsetAsync(ballast_.data(), i, ballast_.size(), stream.get()));
  }
  static std::int8_t first_element(const void* data, const test::GpuStream& stream) {
    std::int8_t element = 0;
    test::require(cudaMemcpyAsync(&element, data, 1, cudaMemcpyDeviceToHost, stream.get()));
    stream.wait();
    return element;
  }

  test::GpuBytes ballast_{std::size_t{256} << 20};
};

TEST_F(DlPack, AConsumersStreamWaitsForTheProducers) {
  ASSERT_TRUE(ballast_.there());
  const test::GpuStream producer, consumer;
  const Tensor tensor = Tensor::empty({count}, DType::i8, MemoryFormat::contiguous, test::gpu);
  test::require(cudaMemset(tensor.data, 0, count));
  keep_busy(producer);
  test::require(cudaMemsetAsync(tensor.data, 7, count, producer.get()));
  DLManagedTensor* const shared = to_dlpack(tensor, producer.view(), consumer.view());
  EXPECT_EQ(cudaStreamQuery(producer.get()), cudaErrorNotReady) << "handing over must not wait";
  EXPECT_EQ(first_element(shared->dl_tensor.data, consumer), 7);
  shared->deleter(shared);
}

TEST_F(DlPack, ATensorComesBackWhereItLies) {
  const Tensor tensor = Tensor::empty({2, 3}, DType::f32, MemoryFormat::contiguous, test::gpu);
  DLManagedTensor* const shared = to_dlpack(tensor);
  EXPECT_EQ(shared->dl_tensor.device.device_type, kDLCUDA);
  EXPECT_EQ(shared->dl_tensor.device.device_id, 0);
  const Tensor back = from_dlpack(shared);
  EXPECT_EQ(back.device, test::gpu);
  EXPECT_EQ(back.data, tensor.data);
  EXPECT_EQ(back.sizes, tensor.sizes);
}

}  // namespace
}  // namespace faltung

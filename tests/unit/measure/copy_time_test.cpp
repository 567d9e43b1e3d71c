// Where there is no GPU to copy on, that is said.
#include <gtest/gtest.h>

#include "device/backend.h"
#include "faltung/error.h"
#include "faltung/tune.h"

namespace faltung {
namespace {

ErrorCode refusal(Device device) {
  try {
    measure_copy_on_gpu(1024, DType::f32, device, 0);
  } catch (const Error& error) {
    return error.code();
  }
  throw std::logic_error("copied");
}

TEST(CopyTime, TheProcessorIsRefused) { EXPECT_EQ(refusal({DeviceType::cpu}), ErrorCode::InvalidArgument); }

TEST(CopyTime, AGpuThatIsNotThereIsRefused) {
  const ErrorCode none =
      backend_of(DeviceType::cuda).unavailable().empty() ? ErrorCode::InvalidArgument : ErrorCode::Unsupported;
  EXPECT_EQ(refusal({DeviceType::cuda, 1000}), none);
}

}  // namespace
}  // namespace faltung

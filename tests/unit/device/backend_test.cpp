// Each kind of device has its one backend, and one that is not there says why, whatever it is asked for.
#include "device/backend.h"

#include <gtest/gtest.h>

#include "compose/combine.h"
#include "compose/store_result.h"
#include "device/cuda/part.h"
#include "faltung/device_info.h"
#include "faltung/plan.h"
#include "faltung/tune.h"
#include "measure/measure.h"
#include "tensor/memory.h"

namespace faltung {
namespace {

template <class Call>
void expect_refusal(ErrorCode code, std::string_view text, Call&& call) {
  try {
    call();
    ADD_FAILURE() << "not refused; expected: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string_view(error.what()).find(text), std::string_view::npos) << error.what();
  }
}

TEST(Backend, EachKindIsFoundByItsTypeAndItsName) {
  ASSERT_EQ(kinds_of_device().size(), 3U);
  for (const Kind& kind : kinds_of_device()) {
    const Backend& backend = kind.backend();
    EXPECT_EQ(&backend_of(kind.type), &backend);
    EXPECT_EQ(name_of(kind.type), backend.names().name);
    EXPECT_EQ(device_type_named(backend.names().name), kind.type);
  }
  EXPECT_EQ(name_of(DeviceType::cpu), "cpu");
  EXPECT_EQ(name_of(DeviceType::cuda), "cuda");
  EXPECT_EQ(name_of(DeviceType::hip), "hip");
}

TEST(Backend, AnUnknownKindIsAnError) {
  const auto unknown = static_cast<DeviceType>(99);
  EXPECT_EQ(name_of(unknown), "unknown");
  EXPECT_EQ(device_type_named("unknown"), std::nullopt);
  expect_refusal(ErrorCode::InvalidArgument, "no such kind", [&] { backend_of(unknown); });
  expect_refusal(ErrorCode::InvalidArgument, "no such kind", [&] { Tensor::empty({1}, DType::f32, {}, {unknown, 0}); });
}

TEST(Backend, AKindThatIsAvailableHasDevicesAndMemory) {
  for (const Kind& kind : kinds_of_device()) {
    const Backend& backend = kind.backend();
    const bool available = backend.unavailable().empty();
    EXPECT_EQ(backend.device_count() > 0, available) << backend.names().name;
    EXPECT_EQ(backend.memory() != nullptr, available) << backend.names().name;
  }
}

TEST(Backend, AKindThatIsNotAvailableSaysWhy) {
  for (const Kind& kind : kinds_of_device()) {
    const Backend& backend = kind.backend();
    const std::string reason(backend.unavailable());
    if (reason.empty()) continue;
    expect_refusal(ErrorCode::Unsupported, reason, [&] { device_info({kind.type, 0}); });
    expect_refusal(ErrorCode::Unsupported, reason, [&] { backend.versions(0); });
    const std::string text = "no " + std::string(backend.names().title) + " tensors here: " + reason;
    expect_refusal(ErrorCode::Unsupported, text, [&] { Tensor::empty({1}, DType::f32, {}, {kind.type, 0}); });
  }
}

TEST(Backend, ADeviceThatIsNotThereIsAnError) {
  for (const Kind& kind : kinds_of_device())
    if (kind.backend().unavailable().empty())
      expect_refusal(ErrorCode::InvalidArgument, "there is no", [&] { device_info({kind.type, 1000}); });
}

TEST(Backend, WhatStandsInForAPartThatIsNotLinkedRefusesAll) {
  if (cuda::linked_part()) GTEST_SKIP() << "this program is linked with the GPU engines";
  const Backend& absent = backend_of(DeviceType::cuda);
  const std::string reason(absent.unavailable());
  const Execution execution = Stream{{DeviceType::cuda, 0}, nullptr};
  float number = 1;
  const TensorView view(&number, DType::f32, {1}, {1});
  const ConvProblem problem = parse_problem("fwd f32 nchw n1 c1 k1 i4x4 f1x1");
  expect_refusal(ErrorCode::Unsupported, reason, [&] { combine(view, {{1, view}}, execution); });
  expect_refusal(ErrorCode::Unsupported, reason, [&] { store_result(problem, view, Operands{}, execution); });
  const Device device{DeviceType::cuda, 0};
  expect_refusal(ErrorCode::Unsupported, reason, [&] { measure_copy_on_gpu(1024, DType::f32, device, 0); });
}

}  // namespace
}  // namespace faltung

#include <gtest/gtest.h>

#include <cstring>

#include "faltung/tensor.h"

namespace faltung {
namespace {

class DLPack : public testing::Test {
 protected:
  alignas(16) float values[24] = {};
  std::int64_t shape[3] = {2, 3, 4};
  std::int64_t strides[3] = {1, 2, 6};
  DLTensor tensor{values, {kDLCPU, 0}, 3, {kDLFloat, 32, 1}, shape, nullptr, 0};

  std::string refusal() const {
    try {
      from_dlpack(tensor);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      return error.what();
    }
    return "";
  }
};

TEST_F(DLPack, NullStridesMeanContiguous) {
  const TensorView view = from_dlpack(tensor);
  EXPECT_EQ(view.strides, Dims({12, 4, 1}));
  EXPECT_EQ(view.dtype, DType::f32);
  EXPECT_EQ(view.data, values);
}

TEST_F(DLPack, TypesThatNoTensorHasAreConverted) {
  std::uint8_t bytes[24];
  std::int16_t halves[24];
  for (int i = 0; i < 24; ++i)
    bytes[i] = static_cast<std::uint8_t>(10 * i + 5), halves[i] = static_cast<std::int16_t>(1000 * i - 9000);
  tensor.strides = strides;
  tensor.data = bytes;
  tensor.dtype = {kDLUInt, 8, 1};
  EXPECT_EQ(from_dlpack(tensor).dtype, DType::u8);
  const Tensor pixels = from_dlpack(tensor, DType::f32);
  EXPECT_EQ(pixels.sizes, Dims({2, 3, 4}));
  EXPECT_EQ(pixels.as<float>()[23], 235.0f);
  EXPECT_EQ(pixels.as<float>()[1], 65.0f);  // [0, 0, 1]: six elements on
  tensor.data = halves;
  tensor.dtype = {kDLInt, 16, 1};
  EXPECT_NE(refusal().find("the elements are i16, which no tensor has; give a type to convert them to"),
            std::string::npos);
  EXPECT_EQ(from_dlpack(tensor, DType::i32).as<std::int32_t>()[1], -3000);
  tensor.dtype = {kDLUInt, 16, 1};
  EXPECT_EQ(from_dlpack(tensor, DType::f64).as<double>()[1], 65536.0 - 3000);
  tensor.data = bytes;
  tensor.dtype = {10, 8, 1};  // F8_E4M3 without infinities
  EXPECT_NE(refusal().find("the elements are f8_e4m3"), std::string::npos);
  EXPECT_EQ(from_dlpack(tensor, DType::f32).as<float>()[1], 2.25f);  // 65: 0 1000 001
  tensor.dtype = {12, 8, 1};                                         // F8_E5M2
  EXPECT_EQ(from_dlpack(tensor, DType::f32).as<float>()[1], 2.5f);   // 65: 0 10000 01
  tensor.data = values;
  tensor.dtype = {kDLFloat, 32, 1};
  EXPECT_EQ(from_dlpack(tensor, DType::f64).dtype, DType::f64);
  tensor.dtype = {kDLUInt, 8, 4};
  EXPECT_THROW(from_dlpack(tensor, DType::f32), Error);
}

TEST_F(DLPack, ADeviceTypeThatIsNoneIsRefused) {
  const int none = -7;
  std::memcpy(&tensor.device.device_type, &none, sizeof(none));
  EXPECT_NE(refusal().find("device type -7 is not known"), std::string::npos);
}

TEST_F(DLPack, StridesAndByteOffsetAreKept) {
  tensor.strides = strides;
  tensor.byte_offset = 8;
  const TensorView view = from_dlpack(tensor);
  EXPECT_EQ(view.strides, Dims({1, 2, 6}));
  EXPECT_EQ(view.data, values + 2);
}

TEST_F(DLPack, WhatIsNotATensorHereIsRefused) {
  const DLTensor good = tensor;
  EXPECT_EQ(refusal(), "");
  const auto with = [&](auto&& change) {
    tensor = good;
    change(tensor);
    return refusal();
  };
  EXPECT_NE(with([](DLTensor& t) { t.dtype.lanes = 4; }).find("lanes"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.dtype = {kDLUInt, 24, 1}; }).find("element type"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.dtype.bits = 8; }).find("element type"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.device.device_type = kDLVulkan; }).find("device"), std::string::npos);
  const auto no_enumerator = [](DLTensor& t) { std::memset(&t.device.device_type, 0x7f, sizeof t.device.device_type); };
  EXPECT_NE(with(no_enumerator).find("device type 2139062143"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.device.device_id = -1; }).find("negative"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.ndim = -1; }).find("rank"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.ndim = 9; }).find("rank"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.shape = nullptr; }).find("shape"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.data = nullptr; }).find("no data"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.byte_offset = 2; }).find("aligned"), std::string::npos);
  EXPECT_NE(with([](DLTensor& t) { t.byte_offset = UINT64_MAX; }).find("address space"), std::string::npos);
  shape[1] = -3;
  EXPECT_NE(with([](DLTensor&) {}).find("negative"), std::string::npos);
  shape[1] = INT64_MAX;
  EXPECT_NE(with([](DLTensor&) {}), "");
  shape[1] = 3;
  strides[0] = INT64_MAX / 2;
  EXPECT_NE(with([&](DLTensor& t) { t.strides = strides; }).find("address space"), std::string::npos);
}

TEST_F(DLPack, AnEmptyTensorNeedsNoData) {
  shape[0] = 0;
  tensor.data = nullptr;
  EXPECT_EQ(from_dlpack(tensor).numel(), 0);
}

TEST_F(DLPack, TheDeleterIsCalledOnceAfterTheLastCopy) {
  static int deleted;
  deleted = 0;
  DLManagedTensor managed{tensor, nullptr, [](DLManagedTensor*) { ++deleted; }};
  {
    Tensor first = from_dlpack(&managed);
    const Tensor second = first;
    first = Tensor();
    EXPECT_EQ(deleted, 0);
  }
  EXPECT_EQ(deleted, 1);
}

TEST_F(DLPack, ARefusedTensorStaysTheCallers) {
  static int deleted;
  deleted = 0;
  DLManagedTensor managed{tensor, nullptr, [](DLManagedTensor*) { ++deleted; }};
  managed.dl_tensor.ndim = 99;
  EXPECT_THROW(from_dlpack(&managed), Error);
  EXPECT_EQ(deleted, 0);
  EXPECT_THROW(from_dlpack(static_cast<DLManagedTensor*>(nullptr)), Error);
}

TEST(ToDlpack, SharesTheStorageOfEveryType) {
  for (DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16, DType::cf32, DType::cf64, DType::i8, DType::i32,
                      DType::i64, DType::boolean, DType::u8}) {
    Tensor original = Tensor::zeros({2, 3}, dtype);
    void* data = original.data;
    DLManagedTensor* managed = to_dlpack(Tensor::borrow(original.transpose(0, 1), original.owner()));
    original = Tensor();
    const Tensor back = from_dlpack(managed);
    EXPECT_EQ(back.dtype, dtype);
    EXPECT_EQ(back.data, data);
    EXPECT_EQ(back.sizes, Dims({3, 2}));
    EXPECT_EQ(back.strides, Dims({1, 3}));
  }
}

TEST(ToDlpack, RefusesWhatDlpackCannotSay) {
  const Tensor complex = Tensor::zeros({2}, DType::cf32);
  EXPECT_THROW(to_dlpack(Tensor::borrow(complex.conj(), complex.owner())), Error);
  EXPECT_THROW(to_dlpack(Tensor()), Error);
}

}  // namespace
}  // namespace faltung

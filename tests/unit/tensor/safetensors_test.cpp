#include <gtest/gtest.h>

#include <filesystem>

#include "faltung/io.h"
#include "unit/tensor/random_views.h"

namespace faltung {
namespace {

std::vector<std::byte> file(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string text(reinterpret_cast<const char*>(&length), sizeof length);
  text += header + std::string(data_bytes, '\1');
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string refusal(const std::vector<std::byte>& bytes) {
  try {
    parse_safetensors(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return "";
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"("dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets;
}
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{)" + entry(dtype, shape, offsets) + "}}";
}

TEST(Safetensors, EveryTypeComesBackAsItWas) {
  TensorFile original;
  original.metadata = {{"format", "pt"}, {"ключ", "Faltung \"quoted\""}};
  for (DType dtype :
       {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i8, DType::i32, DType::i64, DType::boolean}) {
    const Tensor tensor = Tensor::empty({3, 5}, dtype);
    for (std::size_t i = 0; i < 15 * size_of(dtype); ++i)
      tensor.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(i * 31);
    original.tensors[std::string(name_of(dtype))] = tensor;
  }
  original.tensors["empty"] = Tensor::zeros({0, 3}, DType::f32);
  original.tensors["scalar"] = Tensor::zeros({}, DType::f64);
  const TensorFile back = parse_safetensors(format_safetensors(original));
  EXPECT_EQ(back.metadata, original.metadata);
  ASSERT_EQ(back.tensors.size(), original.tensors.size());
  for (const auto& [name, tensor] : original.tensors) {
    const Tensor& other = back.tensors.at(name);
    EXPECT_EQ(other.dtype, tensor.dtype);
    EXPECT_EQ(other.sizes, tensor.sizes);
    EXPECT_EQ(std::memcmp(other.data, tensor.data, static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype)),
              0);
  }
}

TEST(Safetensors, ComplexGetsALastAxisOfTwo) {
  TensorFile original;
  original.tensors["z"] = Tensor::zeros({2, 3}, DType::cf64);
  const Tensor back = parse_safetensors(format_safetensors(original)).tensors.at("z");
  EXPECT_EQ(back.sizes, Dims({2, 3, 2}));
  EXPECT_EQ(back.dtype, DType::f64);
}

TEST(Safetensors, StridedTensorsAreWrittenInTheirOwnOrder) {
  TensorFile original;
  original.tensors["x"] = Tensor::zeros({2, 3, 4, 5}, DType::f32, MemoryFormat::channels_last);
  for (std::int64_t i = 0; i < 120; ++i) original.tensors["x"].as<float>()[i] = static_cast<float>(i);
  const Tensor back = parse_safetensors(format_safetensors(original)).tensors.at("x");
  EXPECT_EQ(back.as<float>()[1], 3.0f);
}

TEST(Safetensors, WellFormedFilesAreRead) {
  EXPECT_EQ(parse_safetensors(file("{}", 0)).tensors.size(), 0u);
  EXPECT_EQ(parse_safetensors(file(one("F32", "[2]", "[0,8]") + "   ", 8)).tensors.at("a").numel(), 2);
  const std::string two =
      R"({"b":{)" + entry("I8", "[3]", "[4,7]") + R"(},"a":{)" + entry("F16", "[2]", "[0,4]") + "}}";
  EXPECT_EQ(parse_safetensors(file(two, 7)).tensors.size(), 2u);
}

TEST(Safetensors, SizesAndOffsetsAreChecked) {
  EXPECT_NE(refusal(file(one("F32", "[2]", "[0,8]"), 7)).find("file has 7"), std::string::npos);
  EXPECT_NE(refusal(file(one("F32", "[2]", "[0,8]"), 9)).find("file has 9"), std::string::npos);
  EXPECT_NE(refusal(file(one("F32", "[3]", "[0,8]"), 8)).find("needs 12 bytes"), std::string::npos);
  EXPECT_NE(refusal(file(one("F32", "[2]", "[8,0]"), 8)), "");
  EXPECT_NE(refusal(file(one("F32", "[2]", "[4,12]"), 12)).find("gap"), std::string::npos);
  const auto pair = [](const std::string& a, const std::string& b) {
    return R"({"a":{)" + entry("I8", "[4]", a) + R"(},"b":{)" + entry("I8", "[4]", b) + "}}";
  };
  EXPECT_NE(refusal(file(pair("[0,4]", "[0,4]"), 4)).find("overlaps"), std::string::npos);
  EXPECT_NE(refusal(file(pair("[0,4]", "[3,7]"), 7)).find("overlaps"), std::string::npos);
  EXPECT_NE(refusal(file(pair("[0,4]", "[5,9]"), 9)).find("gap"), std::string::npos);
  for (const char* shape : {"[4294967296,4294967296,4294967296]", "[9223372036854775807,2]", "[18446744073709551615]",
                            "[99999999999999999999]", "[-1]", "[2.0]", "[1e1]", "[\"2\"]", "[true]", "[[2]]", "2",
                            "null", "[1,1,1,1,1,1,1,1,2]", "{}"}) {
    EXPECT_NE(refusal(file(one("F32", shape, "[0,8]"), 8)), "") << shape;
  }
  for (const char* offsets : {"[0]", "[0,4,8]", "[0,18446744073709551616]", "[-8,0]", "[0,8.0]", "8", "null"}) {
    EXPECT_NE(refusal(file(one("F32", "[2]", offsets), 8)), "") << offsets;
  }
}

TEST(Safetensors, BadHeadersAreRefused) {
  EXPECT_NE(refusal(file(one("U8", "[8]", "[0,8]"), 8)).find("known are"), std::string::npos);
  EXPECT_NE(
      refusal(file(R"({"a":{)" + entry("I8", "[1]", "[0,1]") + R"(},"a":{)" + entry("I8", "[1]", "[0,1]") + "}}", 1))
          .find("twice"),
      std::string::npos);
  EXPECT_NE(refusal(file(R"({"a":{"dtype":"I8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", 1)).find("twice"),
            std::string::npos);
  for (const char* bad : {"", "{", "[]", "7", "{}{}", "{\"a\":1}", "{\"a\":{}}", "{\"a\":null}", "{'a':1}",
                          R"({"__metadata__":7})", R"({"__metadata__":{"a":7}})", "{\"\xff\":{}}",
                          R"({"a":{"dtype":"I8","shape":[0],"data_offsets":[0,0],"more":1}})"}) {
    EXPECT_NE(refusal(file(bad, 0)), "") << bad;
  }
  EXPECT_NE(refusal(file(std::string(100000, '['), 0)), "");
  EXPECT_NE(refusal(file("{\"a\":" + std::string(100000, '{'), 0)), "");
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const auto whole = file(one("F32", "[2]", "[0,8]"), 8);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
  }
}

TEST(Safetensors, AHeaderThatClaimsTooMuchIsRefused) {
  auto bytes = file("{}", 0);
  for (std::uint64_t length : {UINT64_MAX, UINT64_C(100000001), UINT64_C(3), UINT64_MAX - 7}) {
    std::memcpy(bytes.data(), &length, sizeof length);
    EXPECT_NE(refusal(bytes), "") << length;
  }
}

TEST(Safetensors, WhatTheFormatCannotSayIsNotWritten) {
  TensorFile bad;
  bad.metadata["x"] = "\xff";
  EXPECT_THROW(format_safetensors(bad), Error);
  TensorFile reserved;
  reserved.tensors["__metadata__"] = Tensor::zeros({1}, DType::f32);
  EXPECT_THROW(format_safetensors(reserved), Error);
  TensorFile undefined;
  undefined.tensors["a"] = Tensor();
  EXPECT_THROW(format_safetensors(undefined), Error);
}

TEST(Safetensors, FilesGoThroughTheDisk) {
  const auto path = std::filesystem::path(testing::TempDir()) / "faltung_safetensors_test.safetensors";
  TensorFile original;
  original.tensors["x"] = Tensor::zeros({5, 2}, DType::bf16);
  save_safetensors(path.string(), original);
  EXPECT_EQ(load_safetensors(path.string()).tensors.at("x").sizes, Dims({5, 2}));
  std::filesystem::remove(path);
  EXPECT_THROW(load_safetensors(path.string()), Error);
}

}  // namespace
}  // namespace faltung

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

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

template <class Body>
std::string refusal_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return "";
}

std::string refusal(const std::vector<std::byte>& bytes) {
  return refusal_of([&] { parse_safetensors(bytes); });
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
  for (DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i8, DType::i32, DType::i64,
                      DType::boolean, DType::u8}) {
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
  EXPECT_NE(refusal(file("{", 0)).find("safetensors: the header is not JSON: parse error at line 1"),
            std::string::npos);
  EXPECT_NE(refusal(file(std::string(100000, '['), 0)), "");
  EXPECT_NE(refusal(file("{\"a\":" + std::string(100000, '{'), 0)), "");
}

// A tensor "w" that can be read, before others of types and shapes that no tensor has.
const std::string mixed_header = R"({"w":{)" + entry("F32", "[2]", "[0,8]") + R"(},"empty":{)" +
                                 entry("F8_E4M3", "[0]", "[8,8]") + R"(},"four":{)" + entry("F4", "[4]", "[8,10]") +
                                 R"(},"pixels":{)" + entry("U8", "[2]", "[10,12]") + R"(},"nine":{)" +
                                 entry("I8", "[1,1,1,1,1,1,1,1,3]", "[12,15]") + "}}";

std::string refusal_of_one(const std::vector<std::byte>& bytes, const std::string& name,
                           std::optional<DType> dtype = {}) {
  return refusal_of([&] { parse_safetensors_tensor(bytes, name, dtype); });
}

TEST(Safetensors, OnlyWhatIsAskedForMustBeReadable) {
  const auto bytes = file(mixed_header, 15);
  EXPECT_EQ(parse_safetensors_tensor(bytes, "w").sizes, Dims({2}));
  EXPECT_EQ(parse_safetensors_tensor(bytes, "w", DType::f64).dtype, DType::f64);
  EXPECT_EQ(parse_safetensors_tensor(bytes, "empty", DType::bf16).numel(), 0);
  EXPECT_EQ(*parse_safetensors_tensor(bytes, "pixels", DType::f32).as<float>(), 1.0f);
  EXPECT_EQ(
      refusal_of_one(bytes, "empty"),
      "safetensors: tensor \"empty\": the elements are f8_e4m3, which no tensor has; give a type to convert them to");
  EXPECT_EQ(parse_safetensors_tensor(bytes, "pixels").dtype, DType::u8);
  EXPECT_EQ(
      refusal_of_one(bytes, "four", DType::f32),
      "safetensors: tensor \"four\" has elements of type \"F4\", which are not read; known are F64 F32 F16 BF16 C64 "
      "I64 I32 I8 BOOL I16 U8 U16 U32 U64 F8_E4M3 F8_E5M2 F8_E8M0");
  EXPECT_EQ(refusal_of_one(bytes, "nine"), "safetensors: tensor \"nine\" has 9 axes; at most 8 are read");
  EXPECT_EQ(refusal_of_one(bytes, "five"), "safetensors: the file holds no tensor \"five\"");
  EXPECT_NE(refusal(bytes).find("tensor \"empty\""), std::string::npos);
}

TEST(Safetensors, AllThatAFileHoldsIsListed) {
  const FileContents contents = list_safetensors(file(mixed_header, 15));
  ASSERT_EQ(contents.tensors.size(), 5u);
  EXPECT_EQ(contents.tensors.at("empty").type, "F8_E4M3");
  EXPECT_EQ(contents.tensors.at("four").bytes, 2);
  EXPECT_EQ(contents.tensors.at("nine").sizes, (std::vector<std::int64_t>{1, 1, 1, 1, 1, 1, 1, 1, 3}));
  EXPECT_EQ(list_safetensors(file(R"({"__metadata__":{"a":"b"}})", 0)).metadata.at("a"), "b");
}

TEST(Safetensors, WhatIsNotAskedForIsCheckedAllTheSame) {
  for (const char* other :
       {R"("dtype":"U8","shape":[3],"data_offsets":[8,10])", R"("dtype":"F4","shape":[3],"data_offsets":[8,12])",
        R"("dtype":"F4","shape":[3],"data_offsets":[10,8])", R"("dtype":"F4","shape":[3],"data_offsets":[4,10])",
        R"("dtype":"U64","shape":[9223372036854775807],"data_offsets":[8,10])",
        R"("dtype":4,"shape":[3],"data_offsets":[8,10])"}) {
    const auto bytes = file(R"({"w":{)" + entry("F32", "[2]", "[0,8]") + R"(},"other":{)" + other + "}}", 10);
    EXPECT_NE(refusal_of_one(bytes, "w"), "") << other;
  }
}

TEST(Safetensors, ComplexNumbersOfTheFormatAreRead) {
  const Tensor z = parse_safetensors(file(one("C64", "[2]", "[0,16]"), 16)).tensors.at("a");
  EXPECT_EQ(z.dtype, DType::cf32);
  EXPECT_EQ(z.sizes, Dims({2}));
}

// Every number of eight bits, as its definition has it.
TEST(Safetensors, EightBitFloatsAreConverted) {
  auto e4m3 = file(one("F8_E4M3", "[256]", "[0,256]"), 256), e5m2 = file(one("F8_E5M2", "[256]", "[0,256]"), 256);
  for (std::size_t i = 0; i < 256; ++i) e4m3[e4m3.size() - 256 + i] = e5m2[e5m2.size() - 256 + i] = std::byte(i);
  const Tensor four = parse_safetensors_tensor(e4m3, "a", DType::f32);
  const Tensor five = parse_safetensors_tensor(e5m2, "a", DType::f64);
  const auto value = [](int bits, int fraction_bits, int bias) {
    const int exponent = (bits & 127) >> fraction_bits, fraction = bits & ((1 << fraction_bits) - 1);
    const double part = static_cast<double>(fraction) / (1 << fraction_bits);
    const double magnitude = exponent == 0 ? std::ldexp(part, 1 - bias) : std::ldexp(1 + part, exponent - bias);
    return bits < 128 ? magnitude : -magnitude;
  };
  for (int i = 0; i < 256; ++i) {
    if ((i & 127) == 127)
      EXPECT_TRUE(std::isnan(four.as<float>()[i])) << i;
    else
      EXPECT_EQ(four.as<float>()[i], value(i, 3, 7)) << i;
    if ((i & 127) == 124)
      EXPECT_EQ(five.as<double>()[i], i < 128 ? INFINITY : -INFINITY) << i;
    else if ((i & 127) > 124)
      EXPECT_TRUE(std::isnan(five.as<double>()[i])) << i;
    else
      EXPECT_EQ(five.as<double>()[i], value(i, 2, 15)) << i;
  }
  auto e8m0 = file(one("F8_E8M0", "[256]", "[0,256]"), 256);
  std::copy(e4m3.end() - 256, e4m3.end(), e8m0.end() - 256);
  const Tensor eight = parse_safetensors_tensor(e8m0, "a", DType::f64);
  for (int i = 0; i < 255; ++i) EXPECT_EQ(eight.as<double>()[i], std::ldexp(1.0, i - 127)) << i;
  EXPECT_TRUE(std::isnan(eight.as<double>()[255]));
  EXPECT_EQ(static_cast<float>(parse_safetensors_tensor(e4m3, "a", DType::bf16).as<BFloat16>()[0x7e]), 448.0f);
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const auto whole = file(one("F32", "[2]", "[0,8]"), 8);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
  }
}

TEST(Safetensors, AHeaderThatClaimsTooMuchIsRefused) {
  auto bytes = file("{}", 0);
  // What PyTorch saves otherwise is a zip archive.
  std::memcpy(bytes.data(), "PK\3\4\0\0\b\b", 8);
  EXPECT_EQ(refusal(bytes),
            "safetensors: the header claims 578712552184433488 bytes; at most 100000000 are read: no safetensors file");
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
  EXPECT_EQ(load_safetensors_tensor(path.string(), "x", DType::f32).dtype, DType::f32);
  EXPECT_EQ(list_safetensors(path.string()).tensors.at("x").type, "BF16");
  std::filesystem::remove(path);
  EXPECT_THROW(load_safetensors(path.string()), Error);
}

}  // namespace
}  // namespace faltung

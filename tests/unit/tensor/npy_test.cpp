#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <numeric>

#include "faltung/io.h"
#include "unit/tensor/random_views.h"

namespace faltung {
namespace {

std::vector<std::byte> file(std::string header, std::size_t data_bytes, int version = 1) {
  std::string text("\x93NUMPY");
  text += {static_cast<char>(version), '\0', static_cast<char>(header.size() & 0xff),
           static_cast<char>(header.size() >> 8)};
  if (version > 1) text += std::string(2, '\0');
  text += header + std::string(data_bytes, '\1');
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string refusal(const std::vector<std::byte>& bytes) {
  try {
    parse_npy(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return "";
}

constexpr DType storable[] = {DType::f32, DType::f64, DType::f16, DType::cf32,    DType::cf64,
                              DType::i8,  DType::i32, DType::i64, DType::boolean, DType::u8};

TEST(Npy, EveryTypeAndRankComesBackAsItWas) {
  for (DType dtype : storable) {
    for (const Dims& sizes : {Dims{}, Dims{3}, Dims{0, 4}, Dims{2, 3, 4}}) {
      const Tensor tensor = Tensor::empty(sizes, dtype);
      const std::size_t bytes = static_cast<std::size_t>(tensor.numel()) * size_of(dtype);
      for (std::size_t i = 0; i < bytes; ++i) tensor.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(i * 37);
      const std::vector<std::byte> formatted = format_npy(tensor);
      const Tensor back = parse_npy(formatted);
      EXPECT_EQ(back.sizes, sizes);
      EXPECT_EQ(back.dtype, dtype);
      EXPECT_EQ(std::memcmp(back.data, tensor.data, bytes), 0);
      EXPECT_EQ((formatted.size() - bytes) % 64, 0u);
    }
  }
}

TEST(Npy, AViewIsWrittenInItsOwnOrder) {
  std::array<int, 6> values{0, 1, 2, 3, 4, 5};
  const Tensor back = parse_npy(format_npy(TensorView::of(values.data(), {2, 3}).transpose(0, 1)));
  EXPECT_EQ(back.sizes, Dims({3, 2}));
  EXPECT_EQ(back.as<int>()[1], 3);
  std::complex<float> z(1, 2);
  EXPECT_EQ(*parse_npy(format_npy(TensorView::of(&z, {1}).conj())).as<std::complex<float>>(), std::conj(z));
}

// As NumPy 1.24 writes np.asfortranarray([[0, 1, 2], [3, 4, 5]], dtype='<i4').
TEST(Npy, FortranOrderBecomesStrides) {
  auto bytes = file("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }   \n", 0);
  for (int value : {0, 3, 1, 4, 2, 5}) {
    const auto element = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), element.begin(), element.end());
  }
  const Tensor tensor = parse_npy(bytes);
  EXPECT_EQ(tensor.strides, Dims({1, 2}));
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j) EXPECT_EQ(test::at<int>(tensor, {i, j}), i * 3 + j);
}

TEST(Npy, AllVersionsAndSpellingsAreRead) {
  EXPECT_EQ(parse_npy(file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, 2)).numel(), 2);
  EXPECT_EQ(parse_npy(file("{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"|i1\"}\n", 2, 3)).numel(), 2);
  EXPECT_EQ(parse_npy(file("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", 8)).rank(), 0);
}

template <class T>
std::vector<std::byte> file_of(const char* descr, std::initializer_list<T> values, bool swapped = false,
                               const char* shape = "(2, 2)") {
  auto bytes = file(fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, shape), 0);
  for (const T value : values) {
    auto element = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
    if (swapped) std::reverse(element.begin(), element.end());
    bytes.insert(bytes.end(), element.begin(), element.end());
  }
  return bytes;
}

template <class T>
void expect_values(const Tensor& tensor, std::initializer_list<T> values) {
  EXPECT_EQ(tensor.dtype, dtype_of<T>);
  ASSERT_EQ(tensor.numel(), static_cast<std::int64_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(tensor.as<T>()[i], values.begin()[i]) << i;
}

TEST(Npy, EitherByteOrderIsRead) {
  expect_values(parse_npy(file_of<float>("=f4", {1.5f, -2, 3, 4})), {1.5f, -2.0f, 3.0f, 4.0f});
  expect_values(parse_npy(file_of<float>(">f4", {1.5f, -2, 3, 4}, true)), {1.5f, -2.0f, 3.0f, 4.0f});
  expect_values(parse_npy(file_of<std::int64_t>(">i8", {1, -2, 3, 1l << 40}, true)),
                std::initializer_list<std::int64_t>{1, -2, 3, 1l << 40});
  const auto complex = file_of<float>(">c8", {1, 2, 3, 4}, true, "(2,)");  // each part is swapped by itself
  EXPECT_EQ(parse_npy(complex).as<std::complex<float>>()[1], std::complex<float>(3, 4));
  expect_values(parse_npy(file_of<std::int8_t>(">i1", {1, -2, 3, 4})), std::initializer_list<std::int8_t>{1, -2, 3, 4});
}

TEST(Npy, IsConvertedToTheTypeThatIsAskedFor) {
  expect_values(parse_npy(file_of<std::int16_t>("<i2", {1, -2, 32767, -32768}), DType::f32),
                {1.0f, -2.0f, 32767.0f, -32768.0f});
  expect_values(parse_npy(file_of<std::uint16_t>(">u2", {1, 2, 65535, 256}, true), DType::f32),
                {1.0f, 2.0f, 65535.0f, 256.0f});
  expect_values(parse_npy(file_of<std::uint8_t>("|u1", {0, 1, 200, 255}), DType::f64), {0.0, 1.0, 200.0, 255.0});
  expect_values(parse_npy(file_of<std::uint32_t>("<u4", {0, 1, 1u << 31, ~0u}), DType::f64),
                {0.0, 1.0, 0x1p31, 4294967295.0});
  expect_values(parse_npy(file_of<std::uint64_t>("<u8", {0, 1, 1ull << 63, ~0ull}), DType::f32),
                {0.0f, 1.0f, 0x1p63f, 0x1p64f});
  expect_values(parse_npy(file_of<std::uint8_t>("|u1", {0, 1, 200, 255}), DType::i32), {0, 1, 200, 255});
  expect_values(parse_npy(file_of<float>("<f4", {0, 1.5f, 2.5f, -7}), DType::i32), {0, 2, 2, -7});
  expect_values(parse_npy(file_of<bool>("|b1", {false, true, true, false}), DType::f32), {0.0f, 1.0f, 1.0f, 0.0f});
  // 2^63 + 2^55 lies between two bf16 numbers; the one bit more decides. 70000 is more than f16 has.
  const auto above = parse_npy(
      file_of<std::uint64_t>("<u8", {(1ull << 63) + (1ull << 55), (1ull << 63) + (1ull << 55) + 1}, false, "(2,)"),
      DType::bf16);
  EXPECT_EQ(static_cast<float>(above.as<BFloat16>()[0]), 0x1p63f);
  EXPECT_EQ(static_cast<float>(above.as<BFloat16>()[1]), 0x1p63f + 0x1p56f);
  const auto fortran = file_of<std::uint16_t>("<u2", {1, 2, 3, 4});
  EXPECT_THROW(parse_npy(fortran, DType::boolean), Error);
}

TEST(Npy, WhatAFileHoldsIsListedByItsHeader) {
  const auto whole = file_of<std::uint16_t>(">u2", {1, 2, 3, 4});
  for (const std::size_t missing : {0, 8}) {
    const StoredTensor stored = list_npy(std::span(whole).first(whole.size() - missing));
    EXPECT_EQ(stored.type, ">u2");
    EXPECT_EQ(stored.sizes, (std::vector<std::int64_t>{2, 2}));
    EXPECT_EQ(stored.bytes, 8);
  }
  EXPECT_THROW(list_npy(std::span(whole).first(20)), Error);
}

TEST(Npy, ShapesAsPython2WroteThemAreRead) {
  EXPECT_EQ(parse_npy(file_of<float>("<f4", {1, 2, 3, 4}, false, "(1L, 4L)")).sizes, Dims({1, 4}));
  EXPECT_EQ(parse_npy(file_of<float>("<f4", {1, 2, 3, 4}, false, "(4L,)")).sizes, Dims({4}));
  EXPECT_NE(refusal(file_of<float>("<f4", {1, 2, 3, 4}, false, "(4LL,)")), "");
}

TEST(Npy, HostileFilesAreRefusedWithTheReason) {
  const std::string shape = "'fortran_order': False, 'shape': (2,), }";
  EXPECT_NE(refusal(file("{'descr': [('a', '<f4')], " + shape, 8)).find("structured"), std::string::npos);
  EXPECT_NE(
      refusal(file("{'descr': '<u2', " + shape, 4)).find("the elements are u16, which no tensor has; give a type"),
      std::string::npos);
  for (const char* type : {"|O", "<M8[ns]", "<f16", "|f4", "f4", "", "<"})
    EXPECT_NE(refusal(file(fmt::format("{{'descr': '{}', {}", type, shape), 4)).find(fmt::format("type '{}'", type)),
              std::string::npos)
        << type;
  EXPECT_NE(refusal(file("{'descr': '<\x1b[31mf2345678901', " + shape, 4)).find("type '<?[31mf234567890'"),
            std::string::npos);
  EXPECT_NE(refusal(file("{'descr': '<f4', " + shape, 7)).find("needs 8 bytes"), std::string::npos);
  EXPECT_NE(refusal(file("{'descr': '<f4', " + shape, 9)).find("needs 8 bytes"), std::string::npos);
  EXPECT_NE(refusal(file("{'descr': '<f4', " + shape, 8, 4)).find("version"), std::string::npos);
  EXPECT_NE(refusal(file("{'descr': '<f4', 'descr': '<f4', " + shape, 8)).find("twice"), std::string::npos);
  for (const char* bad : {"(2)", "(-2,)", "(2.0,)", "(9223372036854775808,)", "(4294967296, 4294967296, 4294967296)",
                          "(1,1,1,1,1,1,1,1,1)", "[2]", "(,)", "(2,,)", "(2", "2", "(True,)"}) {
    EXPECT_NE(refusal(file(std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") + bad + "}", 8)), "")
        << bad;
  }
  for (const char* bad : {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} import os", "{'descr: "}) {
    EXPECT_NE(refusal(file(bad, 8)), "") << bad;
  }
}

TEST(Npy, EveryTruncationIsRefused) {
  const auto whole = file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
  }
}

TEST(Npy, AHeaderThatClaimsGigabytesIsRefused) {
  auto bytes = file("{}", 8, 2);
  for (std::size_t i = 8; i < 12; ++i) bytes[i] = std::byte(0xff);
  EXPECT_NE(refusal(bytes).find("at most"), std::string::npos);
}

TEST(Npy, Bf16HasNoNpyType) { EXPECT_THROW(format_npy(Tensor::zeros({2}, DType::bf16)), Error); }

TEST(Npy, FilesGoThroughTheDisk) {
  const auto path = std::filesystem::path(testing::TempDir()) / "faltung_npy_test.npy";
  const Tensor tensor = Tensor::zeros({5, 2}, DType::f32);
  save_npy(path.string(), tensor);
  EXPECT_EQ(load_npy(path.string()).sizes, tensor.sizes);
  EXPECT_EQ(list_npy(path.string()).bytes, tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype)));
  std::filesystem::remove(path);
  for (const std::string& bad : {path.string(), testing::TempDir(), std::string("/dev/zero")}) {
    try {
      load_npy(bad);
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Io);
    }
  }
  EXPECT_THROW(save_npy("/nonexistent/folder/x.npy", tensor), Error);
}

}  // namespace
}  // namespace faltung

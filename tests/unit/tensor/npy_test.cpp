#include <gtest/gtest.h>

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

constexpr DType storable[] = {DType::f32, DType::f64, DType::f16, DType::cf32,   DType::cf64,
                              DType::i8,  DType::i32, DType::i64, DType::boolean};

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

TEST(Npy, HostileFilesAreRefusedWithTheReason) {
  const std::string shape = "'fortran_order': False, 'shape': (2,), }";
  EXPECT_NE(refusal(file("{'descr': '>f4', " + shape, 8)).find("big-endian"), std::string::npos);
  EXPECT_NE(refusal(file("{'descr': [('a', '<f4')], " + shape, 8)).find("structured"), std::string::npos);
  EXPECT_NE(refusal(file("{'descr': '<u2', " + shape, 4)).find("known are"), std::string::npos);
  EXPECT_NE(refusal(file("{'descr': '|O', " + shape, 4)).find("known are"), std::string::npos);
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

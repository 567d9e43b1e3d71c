// Brings elements of the source to the lanes of vectors, as numbers: channels that are neighbours are read where they
// lie, others are copied.
#pragma once

#include <cstddef>
#include <cstdint>

#include "faltung/problem.h"
#include "kernels/gemm/unpack.h"

namespace faltung::cpu_winograd {

// Elements at rows and columns, the same for a few channels. Strides are in elements.
struct Area {
  const std::byte* from = nullptr;  // the first one
  std::int64_t rows = 0, row_stride = 0;
  std::int64_t columns = 0, column_stride = 0;
  std::int64_t channels = 0, channel_stride = 0;  // no more than lanes
};

// Where the vectors are.
template <class T>
struct Vectors {
  const T* first = nullptr;
  std::int64_t row_stride = 0, column_stride = 0;
};

template <class T>
class Source {
 public:
  explicit Source(DType dtype);

  // Numbers of scratch for so many rows and columns.
  std::int64_t scratch_numbers(std::int64_t rows, std::int64_t columns) const;
  Vectors<T> vectors(const Area& area, T* scratch) const;

 private:
  void copy_row(const Area& area, const std::byte* from, T* to, T* turned) const;
  void copy_elements(const Area& area, const std::byte* from, T* to) const;
  void convert(const std::byte* from, std::int64_t count, T* to) const;

  std::int64_t element_bytes_, lanes_;
  gemm::Unpack unpack_;  // null: elements are numbers
};

}  // namespace faltung::cpu_winograd

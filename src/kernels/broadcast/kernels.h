// Sums of numbers times vectors: the numbers are broadcast, the vectors' neighbours are on the lanes. All three passes
// between an operand with few channels and one with many neighbouring ones are such sums:
//
//     written      row         term                    numbers          vectors
//     many         position    tap and few channel     few operand      weights
//     few          position    many channel            many operand     weights (then added to what each tap meets)
//     weights      tap, few    position                few operand      many operand
#pragma once

#include <array>
#include <cstdint>

namespace faltung::broadcast {

// to[r][v] = Σ_j numbers[rows[r] + terms[j]] · vectors[j][v], again for each block; strides and steps are in numbers.
template <class T>
struct Sums {
  const T* numbers = nullptr;
  const std::int64_t* rows = nullptr;   // as many as the kernel has, also if fewer are stored
  const std::int64_t* terms = nullptr;  // offsets
  std::int64_t term_count = 0;
  const T* vectors = nullptr;
  std::int64_t vector_stride = 0;
  T* to = nullptr;
  std::int64_t to_stride = 0, row_count = 0;  // rows that are stored
  bool add = false;                           // to what stands there
  const T* bias = nullptr;                    // added to each row
  bool relu = false;
  std::int64_t blocks = 1, numbers_step = 0, to_step = 0;
};

template <class T>
struct Kernel {
  int rows = 0;
  void (*run)(const Sums<T>& sums) = nullptr;
};

inline constexpr int most_rows = 8, most_vectors = 4;

template <class T>
struct Kernels {
  int lanes = 0;
  std::array<Kernel<T>, most_vectors> of{};  // [vectors - 1]
};

// The kernels for this CPU, of float; valid until the program ends.
template <class T>
const Kernels<T>& kernels();

}  // namespace faltung::broadcast

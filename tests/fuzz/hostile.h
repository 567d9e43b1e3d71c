// Extents, strides, views and policies that nobody means well with.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "faltung/conv_options.h"
#include "faltung/tensor.h"
#include "fuzz/choices.h"

namespace faltung::fuzz {

// What a fuzz target does with an input: calls with its decisions, of which few are hostile. There is less memory than
// calls ask for: it must be short, not taken. Error and std::bad_alloc are good ends; returns 0.
int run_hostile(const std::uint8_t* data, std::size_t size, void (*call)(Choices&));

// Mostly 0 to 5; seldom a number near a power of two, or negative.
std::int64_t number(Choices& choices);
// Extents that are changed now and then: a hostile number, an axis more or less.
Dims disturbed(Choices& choices, Dims sizes);
double count_of(const Dims& sizes);
DType dtype(Choices& choices);
Policy policy(Choices& choices);

// Whether Views gives it memory of its own.
bool has_memory(const TensorView& view);

// Makes views and owns what they point to: blocks of just the bytes that they reach. A view that reaches further than a
// megabyte, or has many elements, has no memory, unless no machine could address it.
class Views {
 public:
  TensorView make(Choices& choices, const Dims& sizes, DType dtype);
  // The same with given strides; null where it has no memory.
  void* memory_for(const Dims& sizes, const Dims& strides, DType dtype, bool misaligned = false);

 private:
  void* block(std::size_t bytes, std::size_t start);
  std::deque<std::vector<std::byte>> blocks_;
};

}  // namespace faltung::fuzz

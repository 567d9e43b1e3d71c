// The operands of a quantised problem as words for the micro-kernels (Words): channels of a group innermost, filled up
// to whole words with zeros; x with what stands in its padding.
#pragma once

#include <cstdint>

#include "base/checked.h"
#include "engines/cpu/gemm/product.h"
#include "faltung/executor.h"

namespace faltung::cpu_gemm {

class Staging {
 public:
  Staging(const ConvProblem& problem, Words words);

  // What is left to multiply: x and w are of words, an i32 each.
  const ConvProblem& part() const noexcept { return part_; }
  // Whether x is read where it lies: its bytes are words already.
  bool reads_x() const noexcept { return reads_x_; }
  std::int64_t x_bytes() const noexcept { return x_bytes_; }  // of the copies
  std::int64_t w_bytes() const noexcept { return w_bytes_; }

  // What the x of quads is more than the bytes of x.
  std::int32_t shift() const noexcept { return words_ == Words::quads && problem_.x.dtype == DType::i8 ? 128 : 0; }

  void copy_x(const Operands& operands, std::byte* to, const Execution& execution) const;
  // `zeros` of the channels of y, or null.
  void copy_w(const void* w, const std::int32_t* zeros, std::byte* to, const Execution& execution) const;
  // The sums of a copied w's quads, a channel of y each.
  void sum_w(const std::byte* copied, std::int32_t* sums) const;

 private:
  bool may_read_x() const;
  void set_axes();
  void lay_out_x();
  void lay_out_w();

  ConvProblem problem_, part_;
  Words words_;
  std::int64_t numbers_;  // of a word
  bool reads_x_ = false;
  std::int64_t x_bytes_ = 0, w_bytes_ = 0;
};

}  // namespace faltung::cpu_gemm

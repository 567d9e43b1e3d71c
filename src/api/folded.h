// A term whose mapped axis has been folded into the extent that its mapped operands share.
#pragma once

#include "api/evaluation.h"
#include "api/sum.h"
#include "problem/fold.h"

namespace faltung {

class Folded {
 public:
  Folded(const Term& term, Role written, std::int64_t extent, const Execution& execution);

  const Geometry& geometry() const noexcept { return geometry_; }
  // Whether an epilogue can add the bias, which must not differ along the batch: the mapped axis may be folded into it.
  static bool takes_bias(const Term& term, Role written, const Factor& bias) noexcept;
  Tensor bias(const Factor& bias, const Call& call, DType dtype) const;  // as that epilogue reads it

  // The term's evaluation into `result`, a tensor in the folded order.
  Evaluation into(const TensorView& result) const;
  // The written operand with the mapped axis first, folded in the same way (copied if its strides do not allow it), and
  // the inverse.
  bool folds_in_place(const TensorView& view) const;
  Tensor fold(const TensorView& view) const;
  Tensor unfold(const Tensor& folded) const;

 private:
  Role written_;
  std::int64_t extent_;
  const Execution& execution_;
  const FoldRow& row_;
  bool outer_ = true;  // index = mapped · extent + own, or the other way round: as in the operands' memory
  Geometry geometry_;
  std::array<Tensor, 3> views_;
};

}  // namespace faltung

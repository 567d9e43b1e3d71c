#include "device/hip/span.h"

#include <algorithm>

namespace faltung::hip {

Span::Span(const TensorView& view) : element(size_of(view.dtype)) {
  if (view.numel() == 0) return;
  std::int64_t high = 0;
  for (int i = 0; i < view.rank(); ++i) {
    const std::int64_t reach = (view.size(i) - 1) * view.stride(i);
    (reach < 0 ? low : high) += reach;
  }
  count = high - low + 1;
}

HostLike::HostLike(const TensorView& view)
    : span_(view),
      bytes_(Tensor::empty({static_cast<std::int64_t>(std::max<std::size_t>(span_.bytes(), 1))}, DType::i8)),
      view_(view) {
  view_.device = {};
  view_.data = begin() - span_.low * static_cast<std::int64_t>(span_.element);
}

}  // namespace faltung::hip

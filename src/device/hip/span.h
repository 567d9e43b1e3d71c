// The elements between the first and the last that a view reaches, with their like on the host.
#pragma once

#include <cstddef>
#include <cstdint>

#include "faltung/tensor.h"

namespace faltung::hip {

struct Span {
  std::int64_t low = 0, count = 0;  // elements, from the view's first one
  std::size_t element = 1;          // bytes

  explicit Span(const TensorView& view);
  std::size_t bytes() const noexcept { return static_cast<std::size_t>(count) * element; }
  std::byte* begin(const TensorView& view) const noexcept {
    return view.as<std::byte>() + low * static_cast<std::int64_t>(element);
  }
};

// Uninitialised memory of the host in which a view lies as it does on its device.
class HostLike {
 public:
  explicit HostLike(const TensorView& view);
  const Span& span() const noexcept { return span_; }
  std::byte* begin() const noexcept { return bytes_.as<std::byte>(); }
  const TensorView& view() const noexcept { return view_; }

 private:
  Span span_;
  Tensor bytes_;
  TensorView view_;
};

}  // namespace faltung::hip

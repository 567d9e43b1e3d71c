#include "shard/exchange/parcels.h"

#include "problem/geometry.h"

namespace faltung {

Parcel::Parcel(int peer, const TensorView& part, MemoryFormat format, Device group, const Execution& execution)
    : peer_(peer), bytes_(static_cast<std::size_t>(part.numel()) * size_of(part.dtype)) {
  const bool dense =
      canonical_strides(part.sizes, part.strides) == canonical_strides(part.sizes, dense_strides(part.sizes, format));
  if (!dense || part.device != group) packed_ = Tensor::empty(part.sizes, part.dtype, format, group, execution);
}

Message Parcel::message(const TensorView& part) const noexcept {
  return {peer_, packed_.defined ? packed_.data : part.data, bytes_};
}

Message Parcel::send(const TensorView& part, const Execution& execution) const {
  if (packed_.defined) copy(part, packed_, execution);
  return message(part);
}

Message Parcel::receive(const TensorView& part) const { return message(part); }

void Parcel::unpack(const TensorView& part, const Execution& execution) const {
  if (packed_.defined) copy(packed_, part, execution);
}

}  // namespace faltung

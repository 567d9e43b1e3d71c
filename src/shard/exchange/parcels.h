// Parts of tensors on their way from one rank to another.
#pragma once

#include <vector>

#include "faltung/executor.h"
#include "faltung/group.h"
#include "faltung/tensor.h"

namespace faltung {

// One part. It travels dense, in a format that both ends know; where it lies so already, and where the group reaches
// it, it is sent from where it is and received where it belongs.
class Parcel {
 public:
  // `part` shows how it lies; its data may be null. Memory for a copy comes in the order of the execution's stream.
  Parcel(int peer, const TensorView& part, MemoryFormat format, Device group, const Execution& execution);

  Message send(const TensorView& part, const Execution& execution) const;  // copies where needed
  Message receive(const TensorView& part) const;
  std::size_t buffer_bytes() const noexcept { return packed_.defined ? bytes_ : 0; }
  void unpack(const TensorView& part, const Execution& execution) const;  // after it was received

 private:
  Message message(const TensorView& part) const noexcept;
  int peer_;
  std::size_t bytes_;
  Tensor packed_;  // undefined: it needs no copy
};

}  // namespace faltung

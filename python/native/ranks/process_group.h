// Ranks that are processes: messages go by way of a Python object.
#pragma once

#include "arrays/array_kind.h"
#include "faltung/group.h"

namespace faltung::python {

// The object has rank, size, start(sends, receives, stream), finish(stream), sum(array, stream) and abandon(reason);
// sends and receives are lists of pairs of a rank and an array of bytes. Its methods are called with the interpreter's
// lock, everything else without.
class ProcessGroup final : public Group {
 public:
  // `kind`: of the arrays that it is given. Needs the interpreter's lock.
  ProcessGroup(nb::handle object, const ArrayKind& kind, const Device& device);
  ~ProcessGroup() override;

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return size_; }
  Device device() const noexcept override { return device_; }
  void start(std::span<const Message> sends, std::span<const Message> receives, const Stream& stream) override;
  void finish(const Stream& stream) override;
  bool can_sum(DType dtype) const noexcept override;
  void sum(void* data, std::size_t count, DType dtype, const Stream& stream) override;
  void abandon(const std::string& reason) noexcept override;

 private:
  nb::object array_of(void* data, std::size_t count, DType dtype, void* stream) const;
  nb::list listed(std::span<const Message> messages, void* stream) const;

  nb::object object_;
  const ArrayKind& kind_;
  Device device_;
  int rank_, size_;
};

}  // namespace faltung::python

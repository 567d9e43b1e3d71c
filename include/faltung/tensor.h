// Tensors: a view is a pointer with a type, a device, extents and strides; a tensor is a view that keeps its storage
// alive.
#pragma once

#include <dlpack/dlpack.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "faltung/device.h"
#include "faltung/dims.h"
#include "faltung/dtype.h"
#include "faltung/executor.h"

#pragma GCC visibility push(default)
namespace faltung {

// Waits until all work submitted to the stream is complete. Throws EngineFailure if it failed.
void synchronize(const Stream& stream);
// Makes later work on `later` wait for the work submitted to `earlier` so far; the calling thread does not wait.
void order(const Stream& earlier, const Stream& later);

// contiguous: N C D H W in memory; channels_last: N D H W C. Weights likewise, with O for N.
enum class MemoryFormat : std::uint8_t { contiguous, channels_last };

// A non-owning view. Extents and strides count elements; strides may be zero or negative for inputs. `conjugate` marks
// a complex view whose elements are read conjugated. Functions write only through views named `out`.
struct TensorView {
  void* data = nullptr;
  Dims sizes;
  Dims strides;
  DType dtype = DType::f32;
  Device device;
  bool conjugate = false;
  bool defined = false;  // false: no tensor, to omit a bias or a gradient

  TensorView() = default;
  TensorView(void* pointer, DType type, Dims extents, Dims steps, Device place = {}) noexcept
      : data(pointer), sizes(extents), strides(steps), dtype(type), device(place), defined(true) {}

  // A contiguous array of the caller, which must outlive the view.
  template <class T>
  static TensorView of(T* data, const Dims& sizes);

  explicit operator bool() const noexcept { return defined; }
  int rank() const noexcept { return sizes.size(); }
  std::int64_t size(int axis) const { return sizes[axis]; }  // an axis that there is not: InvalidArgument
  std::int64_t stride(int axis) const { return strides[axis]; }
  std::int64_t numel() const;  // product of the extents; InvalidArgument on overflow or below 0
  template <class T>
  T* as() const noexcept {
    return static_cast<T*>(data);
  }

  TensorView transpose(int a, int b) const;               // two axes exchanged, no copy
  TensorView move_axis(int from, int to) const;           // one axis taken out and put in elsewhere, no copy
  TensorView select(int axis, std::int64_t index) const;  // one slice, the axis gone
  TensorView narrow(int axis, std::int64_t start, std::int64_t length) const;
  TensorView unsqueeze(int axis) const;  // an axis of extent 1
  TensorView squeeze(int axis) const;    // an axis of extent 1 taken away
  TensorView conj() const;               // complex: the conjugate, no copy; real: itself

  bool is_contiguous(MemoryFormat format = MemoryFormat::contiguous) const;
};

// Strides of a dense tensor of that format. Axis 1 is the channels; channels_last needs rank 3 to 5.
Dims dense_strides(const Dims& sizes, MemoryFormat format = MemoryFormat::contiguous);

// True where the strides say "channels last" and nothing else (PyTorch's rule: of the readings that extents of 1 leave
// open, contiguous wins). Rank 3 to 5.
bool suggests_channels_last(const TensorView& tensor);

// True if the views share memory of an element. Exact for all layouts met in practice (interleaved slices of one buffer
// do not overlap); for layouts too irregular to decide quickly the answer is true. Throws InvalidArgument if extents
// and strides leave the address space.
bool overlaps(const TensorView& a, const TensorView& b);
bool overlaps_itself(const TensorView& view);

// Owns its storage, shared between copies, or borrows it.
class Tensor : public TensorView {
 public:
  Tensor() = default;

  // Uninitialised storage, aligned to 64 bytes. Throws InvalidArgument for negative or overflowing extents,
  // OutOfMemory, or Unsupported if there is no such device. GPU memory comes from a pool in stream order (the
  // execution's stream if it is one of that device, else the default stream) and returns to it when the last owner is
  // destroyed: the stream must live that long.
  static Tensor empty(const Dims& sizes, DType dtype, MemoryFormat format = MemoryFormat::contiguous,
                      Device device = {}, const Execution& execution = {});
  static Tensor zeros(const Dims& sizes, DType dtype, MemoryFormat format = MemoryFormat::contiguous,
                      Device device = {}, const Execution& execution = {});
  // Views memory that `owner` keeps alive.
  static Tensor borrow(const TensorView& view, std::shared_ptr<void> owner);

  const std::shared_ptr<void>& owner() const noexcept { return owner_; }

 private:
  std::shared_ptr<void> owner_;
};

// Copies between any two layouts of the same extents, with conversion: rounding to nearest even, integers wrap among
// themselves, floating-point numbers saturate at an integer's limits, NaN becomes 0; real to complex has a zero
// imaginary part; complex to real is refused. Conjugates if exactly one of the two is marked. They must not overlap.
// Copies between the host and a GPU, or two GPUs, return when complete; within a GPU they are ordered on the
// execution's stream if it is one of that device, else on the default stream.
void copy(const TensorView& source, const TensorView& destination, const Execution& execution = {});
Tensor clone(const TensorView& source, MemoryFormat format = MemoryFormat::contiguous, const Execution& execution = {});
Tensor cast(const TensorView& source, DType dtype, const Execution& execution = {});
// Sets every element; `value` is rounded to the element type.
void fill(const TensorView& destination, double value, const Execution& execution = {});

// A complex tensor seen as a real one with a last axis of two (real, imaginary), and back; no copy. The way back needs
// a last axis of extent 2 and stride 1 and even other strides.
TensorView view_as_real(const TensorView& complex);
TensorView view_as_complex(const TensorView& real);

// DLPack, without a copy. `from_dlpack(DLManagedTensor*)` takes the tensor over and calls its deleter when the last
// copy goes; on an exception the caller keeps it. `to_dlpack` shares the storage. DLPack cannot say "conjugate":
// refused.
TensorView from_dlpack(const DLTensor& tensor);
DType dtype_from_dlpack(DLDataType type);
// Converted instead, into a tensor of its own on the same device. Also of i16, u16, u32, u64 and the floats
// f8_e4m3 (without infinities), f8_e5m2 and f8_e8m0, which no tensor has.
Tensor from_dlpack(const DLTensor& tensor, DType dtype);
Tensor from_dlpack(DLManagedTensor* tensor);
DLManagedTensor* to_dlpack(const Tensor& tensor);
// For a consumer with its own stream (the `stream` of __dlpack__), which then waits for the work submitted to
// `producer` so far.
DLManagedTensor* to_dlpack(const Tensor& tensor, const Stream& producer, const Stream& consumer);

template <class T>
TensorView TensorView::of(T* data, const Dims& sizes) {
  void* pointer = const_cast<void*>(static_cast<const void*>(data));  // inputs are never written through
  return TensorView(pointer, dtype_of<std::remove_const_t<T>>, sizes, dense_strides(sizes));
}

}  // namespace faltung
#pragma GCC visibility pop

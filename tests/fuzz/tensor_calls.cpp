// Calls of the functions on tensors with extents, strides and axes of any kind: a result, or an Error.
#include <cstring>

#include "faltung/tensor.h"
#include "fuzz/hostile.h"

namespace {

using namespace faltung;
using namespace faltung::fuzz;

Dims any_sizes(Choices& choices) {
  Dims sizes;
  for (int axis = choices.seldom() ? max_rank : choices.between(1, 5); axis > 0; --axis)
    sizes.push_back(number(choices));
  return sizes;
}

int any_axis(Choices& choices) { return choices.seldom() ? choices.between(-9, 9) : choices.between(0, 2); }

// One view of another, as long as there are choices.
TensorView changed(Choices& choices, const TensorView& view) {
  const int axis = any_axis(choices);
  switch (choices.between(0, 8)) {
    case 0:
      return view.transpose(axis, any_axis(choices));
    case 1:
      return view.move_axis(axis, any_axis(choices));
    case 2:
      return view.select(axis, number(choices));
    case 3:
      return view.narrow(axis, number(choices), number(choices));
    case 4:
      return view.unsqueeze(axis);
    case 5:
      return view.squeeze(axis);
    case 6:
      return view_as_real(view);
    case 7:
      return view_as_complex(view);
    default:
      return view.conj();
  }
}

void import_any(Choices& choices, Views& views) {
  Dims sizes = any_sizes(choices), strides = sizes;
  for (std::int64_t& stride : strides) stride = number(choices);
  const TensorView widest(nullptr, DType::cf64, sizes, strides);
  DLTensor tensor{.data = has_memory(widest) ? views.memory_for(sizes, strides, DType::cf64) : nullptr,
                  .device = {kDLCPU, choices.seldom() ? -1 : 0},
                  .ndim = sizes.size(),
                  .dtype = {static_cast<std::uint8_t>(choices.between(0, 14)),
                            static_cast<std::uint8_t>(8 << choices.between(0, 4)),
                            static_cast<std::uint16_t>(choices.seldom() ? choices.between(0, 4) : 1)},
                  .shape = sizes.begin(),
                  .strides = strides.begin(),
                  .byte_offset = 0};
  const int device = choices.seldom() ? choices.between(0, 200) : kDLCPU;
  std::memcpy(&tensor.device.device_type, &device, sizeof device);
  if (choices.seldom()) tensor.ndim = choices.flag() ? -1 : max_rank + 1;
  if (choices.seldom()) tensor.byte_offset = static_cast<std::uint64_t>(number(choices)), tensor.data = nullptr;
  if (choices.flag()) return void(from_dlpack(tensor, dtype(choices)));
  static_cast<void>(clone(from_dlpack(tensor)));
}

void run_call(Choices& choices) {
  Views views;
  const Dims sizes = any_sizes(choices);
  TensorView view = views.make(choices, sizes, dtype(choices));
  const TensorView other = views.make(choices, disturbed(choices, sizes), dtype(choices));
  for (int changes = choices.between(0, 3); changes > 0 && has_memory(view); --changes) view = changed(choices, view);
  switch (choices.between(0, 8)) {
    case 0:
      return copy(view, other);
    case 1:
      return fill(view, choices.between(-3, 3));
    case 2:
      return void(clone(view, choices.flag() ? MemoryFormat::channels_last : MemoryFormat::contiguous));
    case 3:
      return void(cast(view, dtype(choices)));
    case 4:
      return void(overlaps(view, other));
    case 5:
      return void(overlaps_itself(view));
    case 6:
      return void(view.numel() > 0 && view.is_contiguous(MemoryFormat::channels_last) && suggests_channels_last(view));
    case 7:
      if (count_of(sizes) < 1e6 || count_of(sizes) > 1e10) Tensor::zeros(sizes, dtype(choices));
      return;
    default:
      return import_any(choices, views);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return run_hostile(data, size, run_call);
}

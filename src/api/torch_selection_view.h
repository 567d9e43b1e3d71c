// A torch.convolution call as PyTorch's selection sees it: one value per axis for every parameter, 1-d viewed as 2-d.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

#include "base/checked.h"
#include "faltung/torch_selection.h"

namespace faltung::torch {

struct View {
  const TorchFlags& flags;
  std::string_view device;
  DType dtype;
  Dims input, weight;
  bool has_bias;
  Dims stride, padding, dilation, output_padding;
  bool transposed;
  std::int64_t groups;
  bool channels_last;  // suggested by input or weight
  bool input_channels_last, weight_channels_last;
  bool mkldnn_tensor, needs_grad;

  int rank() const noexcept { return input.size(); }
  bool flat() const noexcept { return rank() == 4; }  // two spatial axes, or one to which one was added
  bool cpu() const noexcept { return device == "cpu"; }
  bool cuda() const noexcept { return device == "cuda"; }
  bool strided() const {
    return std::ranges::any_of(stride, [](auto s) { return s != 1; });
  }
  bool dilated() const {
    return std::ranges::any_of(dilation, [](auto d) { return d != 1; });
  }
  bool output_padding_big() const {
    for (int i = 0; i < stride.size(); ++i) {
      if (output_padding[i] >= stride[i]) return true;
    }
    return false;
  }
  // The layout passed to cuDNN and oneDNN: never channels-last in double.
  bool suggests_channels_last() const { return channels_last && dtype != DType::f64; }
};

// A yes or no with the deciding fact.
struct Finding {
  bool holds;
  std::string why;
};
struct Condition {
  bool holds;
  std::string_view otherwise;
};

// All conditions; the first that fails is the reason.
inline Finding every(std::initializer_list<Condition> conditions, std::string_view matched) {
  for (const Condition& condition : conditions) {
    if (!condition.holds) return {false, std::string(condition.otherwise)};
  }
  return {true, std::string(matched)};
}

inline Checked product(const Dims& sizes, int first = 0) {
  Checked count = 1;
  for (int i = first; i < sizes.size(); ++i) count = count * sizes[i];
  return count;
}
inline bool sixteen_bit(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16; }
inline bool is_empty(const Dims& sizes) { return std::ranges::find(sizes, 0) != sizes.end(); }

// PyTorch's checks before choosing: hold if the call is valid.
Finding well_formed(const TorchCall& call);

// The call on which the rules are asked; it must be well formed.
View view_of(const TorchCall& call);

// The predicates of the rules.
Finding is_depthwise(const View& view);
Finding use_cudnn(const View& view);
Finding use_cudnn_depthwise(const View& view);
Finding use_miopen(const View& view);
Finding use_mkldnn(const View& view);
Finding use_nnpack(const View& view);
Finding use_xnnpack(const View& view);
Finding use_winograd3x3_depthwise(const View& view);
Finding use_mps(const View& view);
bool needs_64bit_without_split(const View& view);
Finding cudnn_depthwise_workload(const View& view);

TorchFormat format_for(TorchBackend backend, const View& view);

}  // namespace faltung::torch

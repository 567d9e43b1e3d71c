// When PyTorch 2.11 uses which library: a function for each predicate that its selection asks.
#include "api/torch_selection_view.h"

namespace faltung::torch {
namespace {

constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

bool exceeds_int(Checked count) { return !count.fits() || count.value() > int_max; }
// Output elements of one sample.
Checked sample_outputs(const View& v) {
  Checked count = v.transposed ? Checked(v.weight[1]) * v.groups : Checked(v.weight[0]);
  for (int i = 0; i + 2 < v.rank(); ++i) {
    const Checked reach = Checked(v.dilation[i]) * (Checked(v.weight[i + 2]) - 1);
    const Checked pads = Checked(2) * v.padding[i];
    const Checked forward = Checked(v.input[i + 2]) + pads - reach - 1;
    count = count * (v.transposed ? (Checked(v.input[i + 2]) - 1) * v.stride[i] - pads + reach + 1 + v.output_padding[i]
                                  : Checked(floor_div(forward.value(), v.stride[i])) + 1);
    if (!forward.fits()) count = count + std::numeric_limits<std::int64_t>::max() + 1;
  }
  return count;
}

bool onednn_is_worth_starting(const View& v) {
  const int last = v.weight.size() - 1;
  return v.strided() || v.dilated() || v.input[0] >= 16 || v.weight[last] != 1 || v.weight[last - 1] != 1 ||
         v.flags.threads > 1;
}

bool onednn_is_big_enough(const View& v) {
  const int last = v.weight.size() - 1;
  Checked first_four = 1;
  for (int i = 0; i < std::min(v.rank(), 4); ++i) first_four = first_four * v.input[i];
  return v.groups > 1 || (v.weight[last] > 3 && v.weight[last - 1] > 3) || v.input[0] > 1 || !first_four.fits() ||
         first_four.value() > 20480;
}

}  // namespace

bool needs_64bit_without_split(const View& v) {
  if (is_empty(v.input)) return false;
  return exceeds_int(product(v.input, 1)) || exceeds_int(sample_outputs(v));
}

Finding use_miopen(const View& v) {
  return every({{v.flags.miopen_built, "built without MIOpen"},
                {v.cuda(), "the input is not on a GPU"},
                {v.flags.cudnn_enabled, "MIOpen is switched off with cuDNN's flag"},
                {v.dtype == DType::f32 || sixteen_bit(v.dtype), "MIOpen takes float, half and bfloat16"},
                {!needs_64bit_without_split(v), "a sample needs 64-bit indices"},
                {v.rank() <= 5, "rank above 5"},
                {!(v.groups > 1 && v.dilated()), "groups with dilation"}},
               "MIOpen takes it");
}

Finding use_mkldnn(const View& v) {
  const Finding usable = every({{v.flags.mkldnn_built, "built without oneDNN"},
                                {v.flags.mkldnn_enabled, "oneDNN is switched off"},
                                {!(v.transposed && v.output_padding_big()), "output_padding is not below the stride"}},
                               "");
  if (!usable.holds) return usable;
  if (v.mkldnn_tensor) return {true, "the input is an mkldnn tensor"};
  if (!v.cpu()) return {false, "the input is not on the CPU"};
  if (v.dtype == DType::bf16)
    return every({{v.flags.mkldnn_bf16, "no bfloat16 on this processor"}}, "bfloat16 on the CPU");
  if (v.dtype == DType::f16) return every({{v.flags.mkldnn_f16, "no float16 on this processor"}}, "float16 on the CPU");
  return every({{v.dtype == DType::f32, "oneDNN takes float, half and bfloat16"},
                {onednn_is_worth_starting(v), "a small 1x1 convolution on one thread"},
                {onednn_is_big_enough(v), "one small ungrouped image"}},
               "float on the CPU");
}

Finding use_nnpack(const View& v) {
  return every(
      {{v.flags.nnpack_available, "NNPACK is not available"},
       {v.flags.nnpack_enabled, "NNPACK is switched off"},
       {v.cpu(), "the input is not on the CPU"},
       {v.dtype == DType::f32, "NNPACK takes float"},
       {!v.dilated(), "dilated"},
       {!v.transposed, "transposed"},
       {v.flat(), "not of rank 4"},
       {v.flat() && v.weight[2] < 17 && v.weight[3] < 17, "a filter above 16"},
       {v.flat() && v.padding[0] < v.weight[2] && v.padding[1] < v.weight[3], "padding is not below the filter"},
       {v.flags.mobile_build || v.input[0] >= 16, "fewer than 16 images"}},
      "NNPACK takes it");
}

Finding use_xnnpack(const View& v) {
  return every({{v.flags.mobile_build, "XNNPACK is asked in mobile builds only"},
                {!v.needs_grad, "a gradient is needed"},
                {!v.transposed, "transposed"},
                {v.input[1] == v.groups, "more than one channel a group"},
                {v.flags.xnnpack_accepts, "XNNPACK refuses it"}},
               "XNNPACK takes it");
}

Finding use_winograd3x3_depthwise(const View& v) {
  return every({{v.flags.arm_neon, "the 3x3 depthwise Winograd kernel is built for ARM NEON only"},
                {!v.needs_grad, "a gradient is needed"},
                {v.cpu(), "the input is not on the CPU"},
                {v.dtype == DType::f32, "not float"},
                {v.flat(), "not of rank 4"},
                {!v.input_channels_last && !v.weight_channels_last, "input or weight is not contiguous"},
                {!v.transposed, "transposed"},
                {v.input[1] == v.groups && v.weight[0] % v.groups == 0, "not depthwise"},
                {v.flat() && v.weight[1] == 1 && v.weight[2] == 3 && v.weight[3] == 3, "the filter is not 3x3"},
                {!v.strided(), "strided"},
                {!v.dilated(), "dilated"}},
               "3x3 depthwise");
}

Finding use_mps(const View& v) {
  return every({{v.flags.mps_built, "built without MPS"},
                {v.device == "mps", "the input is not on MPS"},
                {!needs_64bit_without_split(v), "a sample needs 64-bit indices"}},
               "MPS takes it");
}

}  // namespace faltung::torch

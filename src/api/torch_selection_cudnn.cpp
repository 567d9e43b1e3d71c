// When PyTorch 2.11 uses cuDNN, and when for depthwise.
#include "api/torch_selection_view.h"

namespace faltung::torch {
namespace {

constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

bool index32(const Dims& sizes) {
  const Checked count = product(sizes);
  return count.fits() && count.value() < int_max;
}

// cuDNN 9.8 to 9.14 is wrong here.
bool cudnn_conv3d_regression(const View& v) {
  const int version = v.flags.cudnn_version;
  const bool pointwise = std::all_of(v.weight.begin() + 2, v.weight.end(), [](auto extent) { return extent == 1; });
  return version >= 90800 && version < 91500 && !v.suggests_channels_last() && sixteen_bit(v.dtype) && v.rank() == 5 &&
         !pointwise;
}

bool cudnn_takes_64bit(const View& v) { return v.flags.cudnn_version >= 90300 && v.flags.cudnn_v8_api; }

Finding cudnn_usable(const View& v) {
  return every({{v.flags.cudnn_built, "built without cuDNN"},
                {v.cuda(), "the input is not on CUDA"},
                {v.flags.cudnn_enabled, "cuDNN is switched off"}},
               "cuDNN is usable");
}

Finding use_cudnn_depthwise_64bit(const View& v) {
  const int version = v.flags.cudnn_version;
  return every({{!(v.suggests_channels_last() && (version > 91000 || version < 0)),
                 "needs 64-bit indices in channels-last, broken after cuDNN 9.10"},
                {cudnn_takes_64bit(v), "needs 64-bit indices: cuDNN 9.3 and the v8 API"}},
               "depthwise that needs 64-bit indices");
}

Finding use_cudnn_depthwise_contiguous(const View& v) {
  const Finding finding =
      every({{v.flags.cudnn_depthwise, "the cuDNN at run time has no depthwise kernels"},
             {use_cudnn(v).holds, "contiguous depthwise, and cuDNN does not take the problem"},
             {v.dtype == DType::f16, "contiguous depthwise other than float16"},
             {v.flat(), "contiguous depthwise of rank 5"},
             {!v.dilated(), "contiguous depthwise with dilation"},
             {v.flat() && (v.stride[0] == v.stride[1] || v.input[2] == 1), "contiguous depthwise with unequal strides"},
             {v.input[1] >= 32, "contiguous depthwise with fewer than 32 channels"}},
            "contiguous float16 depthwise");
  return finding.holds ? cudnn_depthwise_workload(v) : finding;
}

}  // namespace

Finding is_depthwise(const View& v) {
  return every({{v.cuda(), "depthwise is asked on CUDA only"},
                {!v.transposed, "transposed"},
                {v.rank() == 4 || v.rank() == 5, "not of rank 4 or 5"},
                {v.input[1] == v.groups, "not depthwise: more than one channel a group"},
                {v.groups > 1, "not depthwise: one group"},
                {v.input[1] != 0 && v.weight[0] % v.input[1] == 0, "output channels are no multiple of the input's"}},
               "depthwise");
}

Finding use_cudnn(const View& v) {
  if (Finding usable = cudnn_usable(v); !usable.holds) return usable;
  return every({{!cudnn_conv3d_regression(v), "cuDNN 9.8 to 9.14 is wrong on contiguous 16-bit conv3d"},
                {!needs_64bit_without_split(v) || cudnn_takes_64bit(v),
                 "a sample needs 64-bit indices: cuDNN 9.3 and the v8 API"},
                {v.dtype != DType::bf16 || (v.flags.cudnn_v8_api && v.flags.cudnn_bf16), "no bfloat16 in this cuDNN"},
                {v.suggests_channels_last() || !v.dilated() || v.flags.cudnn_dilated, "no dilation in this cuDNN"},
                {!v.output_padding_big(), "output_padding is not below the stride"}},
               "cuDNN takes it");
}

Finding use_cudnn_depthwise(const View& v) {
  if (Finding usable = cudnn_usable(v); !usable.holds) return usable;
  if (!index32(v.input) || !index32(v.weight)) return use_cudnn_depthwise_64bit(v);
  if (v.suggests_channels_last()) return {true, "channels-last depthwise"};
  return use_cudnn_depthwise_contiguous(v);
}

Finding cudnn_depthwise_workload(const View& v) {
  const std::int64_t batch = v.input[0], channels = v.input[1], width = v.input[3];
  const std::int64_t filter = v.weight[3], stride = v.stride[1];
  if (v.input[2] == 1 && stride == 1) return {true, "workload: 1-d of stride 1"};
  const bool small_filter = filter == 3 || filter == 5;
  const Finding shape = every({{v.weight[2] == filter, "workload: the filter is not square"},
                               {filter == 1 || small_filter, "workload: the filter is not 1, 3 or 5"},
                               {width >= 7, "workload: narrower than 7"},
                               {stride == 1 || stride == 2, "workload: stride above 2"}},
                              "workload: stride 1");
  if (!shape.holds || stride == 1) return shape;
  const bool worth = batch == 1 ? (filter == 1 && width <= 28) || small_filter
                                : (filter == 1 && batch <= 16 && channels >= 128 && width <= 7) ||
                                      (small_filter && (channels >= 512 || (channels >= 256 && width >= 28)));
  return every({{worth, "workload: stride 2, too little work for cuDNN"}}, "workload: stride 2, worth it");
}

}  // namespace faltung::torch

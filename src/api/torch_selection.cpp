// PyTorch's choice as one ordered table: the first rule that holds determines the backend.
#include "faltung/torch_selection.h"

#include <fmt/format.h>

#include "api/torch_selection_view.h"

namespace faltung {
namespace torch {
namespace {

using enum TorchBackend;

struct Rule {
  TorchBackend backend;
  Finding (*holds)(const View&);
};

Finding both(Finding first, const auto& second) { return first.holds ? second() : first; }

Finding zero_batch_or_channels(const View& v, bool mkldnn) {
  return every({{v.input[0] == 0 || v.input[1] == 0, "neither batch nor channels are 0"},
                {v.mkldnn_tensor == mkldnn, mkldnn ? "not an mkldnn tensor" : "an mkldnn tensor"}},
               "batch or channels are 0");
}

Finding depthwise_of_rank(const View& v, int rank) {
  return both(is_depthwise(v), [&] { return every({{v.rank() == rank, "another rank"}}, "depthwise"); });
}

// A library that has one backend for convolutions and one for transposed ones.
template <Finding (*uses)(const View&), bool transposed>
Finding direction(const View& v) {
  return both(every({{v.transposed == transposed, transposed ? "not transposed" : "transposed"}}, ""),
              [&] { return uses(v); });
}

Finding slow3d_with_groups(const View& v) {
  return every({{!v.transposed, "transposed"},
                {v.rank() == 5, "not of rank 5"},
                {v.cpu(), "the input is not on the CPU"},
                {!v.dilated(), "dilated"}},
               "rank 5 on the CPU, not dilated");
}

Finding slow_of(const View& v, int rank, bool transposed) {
  return every({{v.cpu() || v.cuda(), "neither on the CPU nor on CUDA"},
                {v.transposed == transposed, transposed ? "not transposed" : "transposed"},
                {v.rank() == rank, "another rank"}},
               "PyTorch's own kernel");
}

Finding slow_dilated2d(const View& v) {
  return both(slow_of(v, 4, false), [&] { return every({{v.dilated(), "not dilated"}}, "rank 4, dilated"); });
}
Finding slow_dilated3d(const View& v) {
  return both(slow_of(v, 5, false), [&] {
    return every({{v.cuda() || v.dilated(), "on the CPU, not dilated"}}, "rank 5, on CUDA or dilated");
  });
}

constexpr Rule rules[] = {
    {MkldnnEmpty, [](const View& v) { return zero_batch_or_channels(v, true); }},
    {Empty, [](const View& v) { return zero_batch_or_channels(v, false); }},
    {Refused,
     [](const View& v) {
       return every({{is_empty(v.input), "no extent is 0"}}, "only batch or channels may be 0");
     }},
    {Cudnn, [](const View& v) { return both(is_depthwise(v), [&] { return use_cudnn_depthwise(v); }); }},
    {MiopenDepthwise, [](const View& v) { return both(is_depthwise(v), [&] { return use_miopen(v); }); }},
    {CudaDepthwise2d, [](const View& v) { return depthwise_of_rank(v, 4); }},
    {CudaDepthwise3d, [](const View& v) { return depthwise_of_rank(v, 5); }},
    {CudnnTranspose, direction<use_cudnn, true>},
    {Cudnn, direction<use_cudnn, false>},
    {MiopenTranspose, direction<use_miopen, true>},
    {Miopen, direction<use_miopen, false>},
    {MkldnnTranspose, direction<use_mkldnn, true>},
    {Mkldnn, direction<use_mkldnn, false>},
    {Xnnpack2d, use_xnnpack},
    {Winograd3x3Depthwise, use_winograd3x3_depthwise},
    {Slow3d, slow3d_with_groups},
    {SlowTranspose2d, [](const View& v) { return slow_of(v, 4, true); }},
    {SlowTranspose3d, [](const View& v) { return slow_of(v, 5, true); }},
    {SlowDilated2d, slow_dilated2d},
    {NnpackSpatial, [](const View& v) { return both(slow_of(v, 4, false), [&] { return use_nnpack(v); }); }},
    {Slow2d, [](const View& v) { return slow_of(v, 4, false); }},
    {SlowDilated3d, slow_dilated3d},
    {Slow3d, [](const View& v) { return slow_of(v, 5, false); }},
    {MpsTranspose, direction<use_mps, true>},
    {Mps, direction<use_mps, false>},
    {Overrideable,
     [](const View& v) {
       return every({{!v.cpu() && !v.cuda(), "a device of PyTorch's own"}}, "another device");
     }},
};

TorchBackend first_match(const View& view, std::vector<std::string>& reasons) {
  for (const Rule& rule : rules) {
    const Finding finding = rule.holds(view);
    reasons.push_back(fmt::format("{}: {}, {}", name_of(rule.backend), finding.holds ? "yes" : "no", finding.why));
    if (finding.holds) return rule.backend;
  }
  reasons.push_back("refused: no rule holds for these parameters");
  return Refused;
}

}  // namespace

TorchFormat format_for(TorchBackend backend, const View& v) {
  const TorchFormat last = v.rank() == 5 ? TorchFormat::ChannelsLast3d : TorchFormat::ChannelsLast;
  const auto when = [last](bool condition) { return condition ? last : TorchFormat::Contiguous; };
  switch (backend) {
    case Cudnn:
    case CudnnTranspose:
      return when(v.suggests_channels_last());
    case Miopen:
    case MiopenDepthwise:
    case MiopenTranspose:
      return when(v.suggests_channels_last() && v.flags.miopen_suggest_nhwc);
    case Mkldnn:
    case MkldnnTranspose:
      return when(v.suggests_channels_last() && !v.mkldnn_tensor);
    case Slow2d:
    case SlowDilated2d:
    case SlowTranspose2d:
      return when(v.channels_last && v.cpu());
    case Overrideable:
      return when(v.channels_last && v.device == "xpu");
    case Mps:
    case MpsTranspose:
      return when(v.channels_last);
    default:
      return TorchFormat::Contiguous;
  }
}

}  // namespace torch

TorchSelection torch_selection(const TorchCall& call) {
  TorchSelection selection;
  selection.name = name_of(TorchBackend::Refused);
  if (torch::Finding finding = torch::well_formed(call); !finding.holds) {
    selection.reasons.push_back("refused: " + finding.why);
    return selection;
  }
  if (is_complex(call.dtype)) selection.reasons.push_back("complex: split into real convolutions, which choose:");
  const torch::View view = torch::view_of(call);
  selection.backend = torch::first_match(view, selection.reasons);
  selection.name = name_of(selection.backend);
  selection.format = torch::format_for(selection.backend, view);
  return selection;
}

std::string_view name_of(TorchBackend backend) noexcept {
  static constexpr std::string_view names[] = {"CudaDepthwise2d", "CudaDepthwise3d",
                                               "Cudnn",           "CudnnTranspose",
                                               "Empty",           "Miopen",
                                               "MiopenDepthwise", "MiopenTranspose",
                                               "Mkldnn",          "MkldnnTranspose",
                                               "MkldnnEmpty",     "NnpackSpatial",
                                               "Overrideable",    "Slow2d",
                                               "Slow3d",          "SlowDilated2d",
                                               "SlowDilated3d",   "SlowTranspose2d",
                                               "SlowTranspose3d", "Winograd3x3Depthwise",
                                               "Xnnpack2d",       "Mps",
                                               "MpsTranspose",    "refused"};
  return backend <= TorchBackend::Refused ? names[static_cast<std::size_t>(backend)] : "unknown";
}

std::string_view name_of(TorchFormat format) noexcept {
  static constexpr std::string_view names[] = {"contiguous", "channels_last", "channels_last_3d"};
  return format <= TorchFormat::ChannelsLast3d ? names[static_cast<std::size_t>(format)] : "unknown";
}

}  // namespace faltung

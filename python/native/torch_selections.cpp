// The backend that PyTorch would use.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <string_view>

#include "arguments/call.h"
#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "bindings.h"
#include "faltung/torch_selection.h"

namespace faltung::python {
namespace {

using nb::handle;

const std::map<std::string_view, bool TorchFlags::*>& switches() {
  static const auto& all =
      *new std::map<std::string_view, bool TorchFlags::*>{{"cudnn_built", &TorchFlags::cudnn_built},
                                                          {"cudnn_enabled", &TorchFlags::cudnn_enabled},
                                                          {"cudnn_v8_api", &TorchFlags::cudnn_v8_api},
                                                          {"cudnn_bf16", &TorchFlags::cudnn_bf16},
                                                          {"cudnn_dilated", &TorchFlags::cudnn_dilated},
                                                          {"cudnn_depthwise", &TorchFlags::cudnn_depthwise},
                                                          {"deterministic", &TorchFlags::deterministic},
                                                          {"mkldnn_built", &TorchFlags::mkldnn_built},
                                                          {"mkldnn_enabled", &TorchFlags::mkldnn_enabled},
                                                          {"mkldnn_bf16", &TorchFlags::mkldnn_bf16},
                                                          {"mkldnn_f16", &TorchFlags::mkldnn_f16},
                                                          {"miopen_built", &TorchFlags::miopen_built},
                                                          {"miopen_suggest_nhwc", &TorchFlags::miopen_suggest_nhwc},
                                                          {"nnpack_available", &TorchFlags::nnpack_available},
                                                          {"nnpack_enabled", &TorchFlags::nnpack_enabled},
                                                          {"mobile_build", &TorchFlags::mobile_build},
                                                          {"xnnpack_accepts", &TorchFlags::xnnpack_accepts},
                                                          {"arm_neon", &TorchFlags::arm_neon},
                                                          {"mps_built", &TorchFlags::mps_built}};
  return all;
}

void set_flag(TorchFlags& flags, std::string_view name, handle value) {
  if (name == "threads" || name == "cudnn_version") {
    (name == "threads" ? flags.threads : flags.cudnn_version) = static_cast<int>(integer_from(value, "flags"));
    return;
  }
  const auto found = switches().find(name);
  if (found == switches().end())
    refuse("flags has no \"{}\"; their names are in faltung/torch_selection.h", name.substr(0, 32));
  flags.*found->second = truth_from(value, "flags");
}

Dims axes_from(handle value, const char* name) { return per_axis_from(value, name).values(); }

DType dtype_from(handle value) {
  const std::string_view word = word_from(value, "dtype");
  const auto dtype = dtype_from_name(word);
  if (!dtype) refuse("dtype \"{}\" is unknown; f32 and float32 are types, for instance", word.substr(0, 32));
  return *dtype;
}

nb::object select(handle input, handle weight, handle bias, handle stride, handle padding, handle dilation,
                  bool transposed, handle output_padding, handle groups, handle device, handle dtype, bool needs_grad,
                  bool input_channels_last, bool weight_channels_last, handle flags) {
  TorchCall call{.device = std::string(word_from(device, "device")), .dtype = dtype_from(dtype)};
  call.input = integers_from(input, "input");
  call.weight = integers_from(weight, "weight");
  if (!bias.is_none()) call.bias = integers_from(bias, "bias");
  call.stride = axes_from(stride, "stride");
  call.padding = axes_from(padding, "padding");
  call.dilation = axes_from(dilation, "dilation");
  call.transposed = transposed;
  call.output_padding = axes_from(output_padding, "output_padding");
  call.groups = integer_from(groups, "groups");
  call.needs_grad = needs_grad;
  call.input_channels_last = input_channels_last;
  call.weight_channels_last = weight_channels_last;
  if (!flags.is_none())
    for (const auto [name, value] : nb::cast<nb::dict>(flags)) set_flag(call.flags, word_from(name, "flags"), value);
  return nb::cast(torch_selection(call));
}

}  // namespace

void bind_torch_selection(nb::module_& module) {
  nb::class_<TorchSelection>(module, "TorchSelection", "The backend that PyTorch 2.11 would use, and why.")
      .def_ro("backend", &TorchSelection::name, "PyTorch's own name, or 'refused'.")
      .def_prop_ro(
          "format", [](const TorchSelection& selection) { return std::string(name_of(selection.format)); },
          "'contiguous', 'channels_last' or 'channels_last_3d'.")
      .def_ro("reasons", &TorchSelection::reasons, "One line for each rule tried, in order; the last one decided.")
      .def("__repr__", [](const TorchSelection& selection) {
        std::string text = selection.name + "\n";
        for (const std::string& reason : selection.reasons) text += "  " + reason + "\n";
        return text;
      });
  module.def(
      "torch_selection", &select, nb::arg("input").none(), nb::arg("weight").none(),
      nb::arg("bias").none() = nb::none(), nb::arg("stride").none() = 1, nb::arg("padding").none() = 0,
      nb::arg("dilation").none() = 1, nb::arg("transposed") = false, nb::arg("output_padding").none() = 0,
      nb::arg("groups").none() = 1, nb::kw_only(), nb::arg("device").none() = "cpu", nb::arg("dtype").none() = "f32",
      nb::arg("needs_grad") = false, nb::arg("input_channels_last") = false, nb::arg("weight_channels_last") = false,
      nb::arg("flags").none() = nb::none(),
      "The backend that PyTorch 2.11 would use for a convolution, and why. Looks at no device and needs no PyTorch.\n\n"
      "input, weight, bias: shapes. flags: what PyTorch reads from its build and its switches, as a dict "
      "{'cudnn_enabled': False}; the names are those of faltung/torch_selection.h. Raises ValueError.");
}

}  // namespace faltung::python

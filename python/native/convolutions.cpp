// conv1d … conv_transpose3d with the names and the order of PyTorch's.
#include "arguments/documentation.h"
#include "bindings.h"
#include "convolve.h"

namespace faltung::python {
namespace {

using nb::handle;

template <int rank>
nb::object conv(handle input, handle weight, handle bias, handle stride, handle padding, handle dilation, handle groups,
                handle padding_mode, handle activation, handle z, handle alpha, handle out, handle policy,
                handle numerics, handle stream) {
  const Words words{.stride = stride,
                    .padding = padding,
                    .dilation = dilation,
                    .groups = groups,
                    .padding_mode = padding_mode,
                    .policy = policy,
                    .numerics = numerics};
  return convolve({input, weight, bias, words, activation, z, alpha, out, stream}, rank, true);
}

template <int rank>
nb::object conv_transpose(handle input, handle weight, handle bias, handle stride, handle padding,
                          handle output_padding, handle groups, handle dilation, handle activation, handle z,
                          handle alpha, handle out, handle policy, handle numerics, handle stream) {
  const Words words{.stride = stride,
                    .padding = padding,
                    .dilation = dilation,
                    .groups = groups,
                    .output_padding = output_padding,
                    .transposed = true,
                    .policy = policy,
                    .numerics = numerics};
  return convolve({input, weight, bias, words, activation, z, alpha, out, stream}, rank, true);
}

nb::object convolution_of_any_rank(handle input, handle weight, handle bias, handle stride, handle padding,
                                   handle dilation, bool transposed, handle output_padding, handle groups,
                                   handle padding_mode, handle activation, handle z, handle alpha, handle out,
                                   handle in_dims, handle policy, handle numerics, handle stream) {
  const Words words{stride, padding, dilation, groups, output_padding, transposed, padding_mode, policy, numerics};
  return convolve({input, weight, bias, words, activation, z, alpha, out, stream, in_dims}, 0, false);
}

auto optional(const char* name) { return nb::arg(name).none() = nb::none(); }

template <int rank>
void bind_rank(nb::module_& module, const char* name, const char* transposed_name) {
  const std::string plain = conv_signature(name), transposed = conv_transpose_signature(transposed_name);
  module.def(name, &conv<rank>, nb::arg("input").none(), nb::arg("weight").none(), optional("bias"),
             nb::arg("stride").none() = 1, nb::arg("padding").none() = 0, nb::arg("dilation").none() = 1,
             nb::arg("groups").none() = 1, nb::kw_only(), nb::arg("padding_mode").none() = "zeros",
             optional("activation"), optional("z"), nb::arg("alpha").none() = 1.0, optional("out"), optional("policy"),
             optional("numerics"), optional("stream"), nb::sig(plain.c_str()), conv_text);
  module.def(transposed_name, &conv_transpose<rank>, nb::arg("input").none(), nb::arg("weight").none(),
             optional("bias"), nb::arg("stride").none() = 1, nb::arg("padding").none() = 0,
             nb::arg("output_padding").none() = 0, nb::arg("groups").none() = 1, nb::arg("dilation").none() = 1,
             nb::kw_only(), optional("activation"), optional("z"), nb::arg("alpha").none() = 1.0, optional("out"),
             optional("policy"), optional("numerics"), optional("stream"), nb::sig(transposed.c_str()),
             conv_transpose_text);
}

}  // namespace

void bind_convolutions(nb::module_& module) {
  bind_rank<1>(module, "conv1d", "conv_transpose1d");
  bind_rank<2>(module, "conv2d", "conv_transpose2d");
  bind_rank<3>(module, "conv3d", "conv_transpose3d");
  module.def("convolution", &convolution_of_any_rank, nb::arg("input").none(), nb::arg("weight").none(),
             optional("bias"), nb::arg("stride").none() = 1, nb::arg("padding").none() = 0,
             nb::arg("dilation").none() = 1, nb::arg("transposed") = false, nb::arg("output_padding").none() = 0,
             nb::arg("groups").none() = 1, nb::kw_only(), nb::arg("padding_mode").none() = "zeros",
             optional("activation"), optional("z"), nb::arg("alpha").none() = 1.0, optional("out"), optional("in_dims"),
             optional("policy"), optional("numerics"), optional("stream"), nb::sig(convolution_signature().c_str()),
             convolution_text);
}

}  // namespace faltung::python

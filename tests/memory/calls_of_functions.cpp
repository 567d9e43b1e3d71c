#include "faltung/faltung.h"
#include "memory/calls.h"

namespace faltung::test {
namespace {

const Dims line{1, 2, 6}, line_filter{2, 2, 3}, image{1, 2, 6, 6}, filter{2, 2, 3, 3}, response{1, 2, 4, 4},
    channels{2}, volume{1, 2, 4, 4, 4}, volume_filter{2, 2, 3, 3, 3}, images{3, 1, 2, 6, 6}, responses{3, 1, 2, 4, 4};

std::string bits_of_all(const Gradients& g) { return bits_of(g.input) + bits_of(g.weight) + bits_of(g.bias); }
std::string bits_of_all(const DoubleGradients& g) {
  return bits_of(g.grad_output) + bits_of(g.input) + bits_of(g.weight);
}

// The bits of what a call writes into tensors of these extents.
template <class Write>
std::string written(const std::vector<Dims>& extents, Write write) {
  std::vector<Tensor> out;
  for (const Dims& sizes : extents) out.push_back(Tensor::zeros(sizes, DType::f32));
  write(out);
  std::string bits;
  for (const Tensor& tensor : out) bits += bits_of(tensor);
  return bits;
}

// Whatever engine is taken when memory is short, sums of whole numbers are the same.
const Numerics exact_sums{.transforms = false};
const ConvOptions plain{.numerics = exact_sums}, same{.padding = "same", .numerics = exact_sums},
    strided{.stride = 2, .padding = 1, .numerics = exact_sums};

}  // namespace

std::vector<Call> calls_of_functions() {
  using C = Context&;
  using Out = const std::vector<Tensor>&;
  const TensorView x = numbers(image), w = numbers(filter), b = numbers(channels), y = numbers(response);
  const TensorView xs = numbers(images), ys = numbers(responses);
  const Tensor x_bytes = cast(x, DType::i8), w_bytes = cast(w, DType::i8);
  return {
      {"conv1d", [](C c) { return bits_of(conv1d(numbers(line), numbers(line_filter), {}, plain, c)); }},
      {"conv2d", [=](C c) { return bits_of(conv2d(x, w, b, strided, c)); }},
      {"conv3d", [](C c) { return bits_of(conv3d(numbers(volume), numbers(volume_filter), {}, plain, c)); }},
      {"conv_transpose1d",
       [](C c) { return bits_of(conv_transpose1d(numbers(line), numbers(line_filter), {}, plain, c)); }},
      {"conv_transpose2d", [=](C c) { return bits_of(conv_transpose2d(x, w, b, strided, c)); }},
      {"conv_transpose3d",
       [](C c) { return bits_of(conv_transpose3d(numbers(volume), numbers(volume_filter), {}, plain, c)); }},
      {"convolution_quantized",
       [=](C c) { return bits_of(convolution_quantized(x_bytes, w_bytes, {}, {.output = DType::i32}, same, c)); }},
      // A rank alone: what it does for itself is what it does among others.
      {"convolution_sharded",
       [=](C c) {
         const auto group = std::move(thread_groups(1).front());
         return bits_of(convolution_sharded({x}, {w}, b, *group, same, {}, c).block);
       }},
      {"convolution_sharded_backward",
       [=](C c) {
         const auto group = std::move(thread_groups(1).front());
         return bits_of_all(convolution_sharded_backward({y}, {x}, {w}, *group, plain, {}, c));
       }},
      {"convolution_sharded_double_backward",
       [=](C c) {
         const auto group = std::move(thread_groups(1).front());
         return bits_of_all(convolution_sharded_double_backward(x, w, b, {y}, {x}, {w}, *group, plain, {}, c));
       }},
      {"convolution", [=](C c) { return bits_of(convolution(x, w, b, same, c)); }},
      {"conv1d_out",
       [](C c) {
         return written({{1, 2, 4}},
                        [&](Out o) { conv1d_out(o[0], numbers(line), numbers(line_filter), {}, plain, c); });
       }},
      {"conv2d_out", [=](C c) { return written({response}, [&](Out o) { conv2d_out(o[0], x, w, b, plain, c); }); }},
      {"conv3d_out",
       [](C c) {
         return written({{1, 2, 2, 2, 2}},
                        [&](Out o) { conv3d_out(o[0], numbers(volume), numbers(volume_filter), {}, plain, c); });
       }},
      {"conv_transpose1d_out",
       [](C c) {
         return written({{1, 2, 8}},
                        [&](Out o) { conv_transpose1d_out(o[0], numbers(line), numbers(line_filter), {}, plain, c); });
       }},
      {"conv_transpose2d_out",
       [=](C c) { return written({image}, [&](Out o) { conv_transpose2d_out(o[0], y, w, b, plain, c); }); }},
      {"conv_transpose3d_out",
       [](C c) {
         return written({{1, 2, 6, 6, 6}}, [&](Out o) {
           conv_transpose3d_out(o[0], numbers(volume), numbers(volume_filter), {}, plain, c);
         });
       }},
      {"convolution_out",
       [=](C c) { return written({response}, [&](Out o) { convolution_out(o[0], x, w, b, plain, c); }); }},
      {"convolution_fused",
       [=](C c) {
         return bits_of(convolution_fused(x, w, b, {y, 0.5, Activation::silu}, plain, c));
       }},
      {"convolution_fused_out",
       [=](C c) {
         return written({response}, [&](Out o) {
           convolution_fused_out(o[0], x, w, b, {y, 0.5, Activation::gelu}, plain, c);
         });
       }},
      {"convolution_relu", [=](C c) { return bits_of(convolution_relu(x, w, b, plain, c)); }},
      {"convolution_add_relu", [=](C c) { return bits_of(convolution_add_relu(x, w, y, 2, b, plain, c)); }},
      {"convolution_backward",
       [=](C c) {
         return bits_of_all(convolution_backward(y, x, w, plain, {true, true, true}, c));
       }},
      {"convolution_backward_out",
       [=](C c) {
         return written({image, filter, channels}, [&](Out o) {
           convolution_backward_out({o[0], o[1], o[2]}, y, x, w, plain, c);
         });
       }},
      {"convolution_double_backward",
       [=](C c) { return bits_of_all(convolution_double_backward(x, w, b, y, x, w, plain, {}, c)); }},
      {"convolution_double_backward_out",
       [=](C c) {
         return written({response, image, filter}, [&](Out o) {
           convolution_double_backward_out({o[0], o[1], o[2]}, x, w, b, y, x, w, plain, c);
         });
       }},
      {"vmap_convolution", [=](C c) { return bits_of(vmap_convolution(xs, w, b, {.input = 0}, plain, c)); }},
      {"vmap_convolution_out",
       [=](C c) {
         return written({responses}, [&](Out o) { vmap_convolution_out(o[0], xs, w, b, {.input = 0}, plain, c); });
       }},
      {"vmap_convolution_backward",
       [=](C c) {
         const MappedAxes axes{.input = 0, .grad_output = 0};
         return bits_of_all(vmap_convolution_backward(ys, xs, w, axes, plain, {true, true, true}, c));
       }},
      {"vmap_convolution_backward_out",
       [=](C c) {
         const MappedAxes axes{.input = 0, .grad_output = 0};
         return written({images, {3, 2, 2, 3, 3}}, [&](Out o) {
           vmap_convolution_backward_out({o[0], o[1]}, ys, xs, w, axes, plain, c);
         });
       }},
      {"vmap_convolution_double_backward",
       [=](C c) {
         const MappedAxes axes{.input = 0, .grad_output = 0};
         return bits_of_all(vmap_convolution_double_backward(x, w, b, ys, xs, w, axes, plain, {}, c));
       }},
      {"vmap_convolution_double_backward_out",
       [=](C c) {
         const MappedAxes axes{.input = 0, .grad_output = 0};
         return written({responses, images, {3, 2, 2, 3, 3}}, [&](Out o) {
           vmap_convolution_double_backward_out({o[0], o[1], o[2]}, x, w, b, ys, xs, w, axes, plain, c);
         });
       }},
      {"convolution_problem", [=](C) { return print(convolution_problem(x, w, b, same)); }},
  };
}

}  // namespace faltung::test

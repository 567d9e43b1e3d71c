#include "engines/cuda/cudnn/describe/graph.h"

#include <algorithm>

#include "engines/cuda/cudnn/describe/convolution.h"

namespace faltung::cuda_cudnn {
namespace {

cudnnDataType_t data_type(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return CUDNN_DATA_DOUBLE;
    case DType::f16:
      return CUDNN_DATA_HALF;
    case DType::bf16:
      return CUDNN_DATA_BFLOAT16;
    default:
      return CUDNN_DATA_FLOAT;
  }
}

// The three operations differ only in the names of their attributes.
struct PassNames {
  cudnnBackendDescriptorType_t operation;
  cudnnBackendAttributeName_t convolution, x, w, y, alpha, beta;
};

PassNames names_of(Pass pass) {
  if (pass == Pass::Forward)
    return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
  if (pass == Pass::DataGrad)
    return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
}

cudnnPointwiseMode_t mode_of(Activation activation) {
  switch (activation) {
    case Activation::sigmoid:
      return CUDNN_POINTWISE_SIGMOID_FWD;
    case Activation::tanh:
      return CUDNN_POINTWISE_TANH_FWD;
    case Activation::silu:
      return CUDNN_POINTWISE_SWISH_FWD;
    case Activation::gelu:
      return CUDNN_POINTWISE_GELU_FWD;
    default:
      return CUDNN_POINTWISE_RELU_FWD;
  }
}

class GraphBuilder {
 public:
  GraphBuilder(const ConvProblem& problem, const Target& target)
      : p_(problem),
        shapes_(translate(problem)),
        written_(written_role(problem.pass)),
        target_(target),
        compute_(p_.x.dtype == DType::f64 ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT) {
    parts_.reserve(24);  // keeps references to elements valid
  }

  Graph build() {
    steps_left_ = 2 * p_.epilogue.add + p_.epilogue.bias + (p_.epilogue.activation != Activation::none);
    const Descriptor* result = &convolution();
    if (p_.epilogue.add) result = &add_z(*result);
    if (p_.epilogue.bias) result = &combine(CUDNN_POINTWISE_ADD, *result, beside(TensorId::bias, shapes_.bias));
    if (p_.epilogue.activation != Activation::none) activate(*result);
    return finish();
  }

 private:
  Descriptor& part(cudnnBackendDescriptorType_t type) { return parts_.emplace_back(type); }

  Descriptor& describe(std::int64_t id, const TensorShape& shape, cudnnDataType_t type, std::size_t alignment) {
    Descriptor& tensor = part(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
        .set(CUDNN_ATTR_TENSOR_DATA_TYPE, type)
        .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, static_cast<std::int64_t>(alignment))
        .set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::span(shape.extents.begin(), shape.extents.end()))
        .set(CUDNN_ATTR_TENSOR_STRIDES, std::span(shape.strides.begin(), shape.strides.end()));
    return tensor;
  }

  const Descriptor& tensor(TensorId id, const TensorShape& shape, DType dtype, std::size_t alignment) {
    Descriptor& tensor = describe(static_cast<std::int64_t>(id), shape, data_type(dtype), alignment);
    tensor.finalize("tensor");
    return tensor;
  }
  const Descriptor& tensor(Role role) {
    const TensorId id = role == Role::x ? TensorId::x : role == Role::w ? TensorId::w : TensorId::y;
    return tensor(id, shapes_.shape(role), p_.operand(role).dtype, alignment_of(p_.operand(role)));
  }
  // Many TF32 kernels need aligned packs. For strict f32, which must not use them, the heuristics are told that only
  // elements are aligned: they then skip these kernels, each of which takes time to list, and suggest the same f32
  // kernels.
  std::size_t alignment_of(const Operand& operand) const {
    return is_strict_f32(p_) ? size_of(operand.dtype) : operand.alignment;
  }
  // Bias and z have the written operand's type and element alignment.
  const Descriptor& beside(TensorId id, const TensorShape& shape) {
    const DType dtype = p_.written().dtype;
    return tensor(id, shape, dtype, size_of(dtype));
  }

  // Output of the next step: the written operand after the last one, else a virtual f32 tensor, which stays in
  // registers.
  const Descriptor& next_result() {
    if (steps_left_-- == 0) return tensor(written_);
    Descriptor& tensor = describe(next_virtual_++, shapes_.shape(written_), CUDNN_DATA_FLOAT, 16);
    tensor.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true).finalize("virtual tensor");
    return tensor;
  }

  const Descriptor& alpha() {
    const Dims ones = Dims::filled(shapes_.x.extents.size(), 1);
    Descriptor& scalar =
        describe(static_cast<std::int64_t>(TensorId::alpha), {ones, ones}, CUDNN_DATA_FLOAT, sizeof(float));
    scalar.set(CUDNN_ATTR_TENSOR_IS_BY_VALUE, true).finalize("scalar");
    return scalar;
  }

  const Descriptor& convolution() {
    const auto list = [](const Dims& dims) { return std::span(dims.begin(), dims.end()); };
    const auto mode = CUDNN_CROSS_CORRELATION;
    Descriptor& shape = part(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    shape.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{shapes_.spatial()})
        .set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, compute_)
        .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode)
        .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, list(shapes_.pre))
        .set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, list(shapes_.post))
        .set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, list(shapes_.strides))
        .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, list(shapes_.dilations))
        .finalize("convolution");
    const PassNames names = names_of(p_.pass);
    const auto operand = [&](Role role) -> const Descriptor& {
      return role == written_ ? next_result() : tensor(role);
    };
    const Descriptor &x = operand(Role::x), &w = operand(Role::w), &y = operand(Role::y);
    Descriptor& operation = part(names.operation);
    operation.set(names.convolution, shape).set(names.x, x).set(names.w, w).set(names.y, y);
    const float beta = p_.accumulate ? 1 : 0;
    if (compute_ == CUDNN_DATA_DOUBLE)
      operation.set(names.alpha, 1.0).set(names.beta, double{beta});
    else
      operation.set(names.alpha, 1.0F).set(names.beta, beta);
    add_operation(operation, "convolution operation");
    return written_ == Role::x ? x : written_ == Role::w ? w : y;
  }

  Descriptor& pointwise(cudnnPointwiseMode_t mode) {
    Descriptor& step = part(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    step.set(CUDNN_ATTR_POINTWISE_MODE, mode).set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
    return step;
  }

  const Descriptor& combine(cudnnPointwiseMode_t mode, const Descriptor& a, const Descriptor& b) {
    Descriptor& step = pointwise(mode);
    step.finalize("pointwise step");
    const Descriptor& result = next_result();
    Descriptor& operation = part(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, step)
        .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, a)
        .set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b)
        .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, result);
    add_operation(operation, "pointwise operation");
    return result;
  }

  // Scaling z and adding it are two steps, because z is not the destination.
  const Descriptor& add_z(const Descriptor& result) {
    const Descriptor& z = beside(TensorId::z, shapes_.shape(written_));
    return combine(CUDNN_POINTWISE_ADD, result, combine(CUDNN_POINTWISE_MUL, z, alpha()));
  }

  // relu(NaN) is NaN. The attribute (2) and its type (10) are deprecated but still effective.
  static void propagate_nan(Descriptor& step) {
    constexpr int propagate = 1;
    step.set(static_cast<cudnnBackendAttributeName_t>(2), static_cast<cudnnBackendAttributeType_t>(10), 1, &propagate);
  }

  void activate(const Descriptor& input) {
    const Activation activation = p_.epilogue.activation;
    Descriptor& step = pointwise(mode_of(activation));
    if (activation == Activation::relu6)
      step.set(CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP, 0.0).set(CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, 6.0);
    if (activation == Activation::silu) step.set(CUDNN_ATTR_POINTWISE_SWISH_BETA, 1.0);
    propagate_nan(step);
    step.finalize("activation");
    Descriptor& operation = part(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, step)
        .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, input)
        .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, next_result());
    add_operation(operation, "activation operation");
  }

  void add_operation(Descriptor& operation, const char* what) {
    operation.finalize(what);
    operations_.push_back(operation.get());
  }

  Graph finish() {
    Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    const auto count = static_cast<std::int64_t>(operations_.size());
    graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, count, operations_.data());
    if (target_.handle) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, target_.handle);
    graph.finalize("operation graph");
    return {std::move(parts_), std::move(graph)};
  }

  const ConvProblem& p_;
  Convolution shapes_;
  Role written_;
  Target target_;
  cudnnDataType_t compute_;
  std::vector<Descriptor> parts_;
  std::vector<cudnnBackendDescriptor_t> operations_;
  int steps_left_ = 0;  // after the current one
  std::int64_t next_virtual_ = static_cast<std::int64_t>(TensorId::virtual_tensors);
};

}  // namespace

Graph build_graph(const ConvProblem& problem, const Target& target) { return GraphBuilder(problem, target).build(); }

}  // namespace faltung::cuda_cudnn

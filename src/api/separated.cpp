// A convolution by a product of filters, in a pass for each.
#include "api/call.h"
#include "faltung/separable.h"

namespace faltung {
namespace {

// The weight that the factors stand for; it has no data.
TensorView whole_weight(std::span<const Tensor> factors) {
  if (factors.empty()) throw Error(ErrorCode::InvalidArgument, "convolution_separated: there are no factors");
  TensorView whole = factors.front();
  whole.data = nullptr;
  for (const Tensor& factor : factors) {
    for (int axis = 2; axis < std::min(whole.rank(), factor.rank()); ++axis)
      whole.sizes[axis] = std::max(whole.sizes[axis], factor.sizes[axis]);
  }
  return whole;
}

void check_factors(const Request& request, std::span<const Tensor> factors) {
  const TensorView& whole = request.weight;
  request.need(!request.options.transposed, "separated convolutions are not transposed");
  request.need(whole.rank() >= 3 && whole.size(1) == 1,
               "a factor has the shape {}; it must be (O, 1, k…): one input channel in each group",
               to_text(whole.sizes));
  Dims taken = Dims::filled(whole.rank(), 0);
  for (const Tensor& factor : factors) {
    request.need(factor.defined && factor.rank() == whole.rank() && factor.size(0) == whole.size(0) &&
                     factor.size(1) == 1 && factor.dtype == whole.dtype && factor.device == whole.device,
                 "the factors differ in more than their taps");
    int axes = 0;
    for (int axis = 2; axis < factor.rank(); ++axis) {
      if (factor.size(axis) == 1) continue;
      request.need(++axes == 1 && ++taken[axis] == 1, "each factor needs an axis of its own");
    }
  }
}

// Of the axes that no factor has the first pass takes care: what is left to do there are strides and padding.
bool belongs(int axis, std::span<const Tensor> factors, const Tensor& pass) {
  for (const Tensor& factor : factors)
    if (factor.size(axis + 2) > 1) return &factor == &pass;
  return &factors.front() == &pass;
}

ConvOptions options_of(const ConvOptions& whole, std::span<const Tensor> factors, const Tensor& pass) {
  ConvOptions options = whole;
  std::vector<std::int64_t> strides, dilations;
  std::vector<Sides> sides;
  const bool amounts = whole.padding.mode() == PaddingMode::amounts;
  for (int axis = 0; axis < pass.rank() - 2; ++axis) {
    const bool here = belongs(axis, factors, pass);
    strides.push_back(here ? whole.stride[axis] : 1);
    dilations.push_back(here ? whole.dilation[axis] : 1);
    sides.push_back(here && amounts ? Sides(whole.padding.low(axis), whole.padding.high(axis)) : Sides(0, 0));
  }
  options.stride = PerAxis(std::span<const std::int64_t>(strides));
  options.dilation = PerAxis(std::span<const std::int64_t>(dilations));
  if (amounts) options.padding = Padding(std::span<const Sides>(sides));  // modes pad an axis of one tap by nothing
  if (&pass != &factors.front()) options.groups = pass.size(0);
  return options;
}

// Calls `use(input, factor, bias, options)` for each pass; it returns the next one's input.
template <class Use>
TensorView for_each_pass(const TensorView& input, std::span<const Tensor> factors, const TensorView& bias,
                         const ConvOptions& options, Use use) {
  const TensorView whole = whole_weight(factors);
  const Request request{"convolution_separated", input, whole, options};
  check_factors(request, factors);
  check_call(request);
  TensorView next = input;
  for (const Tensor& factor : factors)
    next = use(next, factor, &factor == &factors.back() ? bias : TensorView(), options_of(options, factors, factor));
  return next;
}

}  // namespace

Tensor convolution_separated(const TensorView& input, std::span<const Tensor> factors, const TensorView& bias,
                             const ConvOptions& options, Context& context) {
  Tensor result;
  for_each_pass(input, factors, bias, options,
                [&](const TensorView& x, const Tensor& w, const TensorView& b, const ConvOptions& pass) -> TensorView {
                  return result = convolution(x, w, b, pass, context);
                });
  return result;
}

std::vector<ConvProblem> separated_problems(const TensorView& input, std::span<const Tensor> factors,
                                            const TensorView& bias, const ConvOptions& options) {
  std::vector<ConvProblem> problems;
  for_each_pass(input, factors, bias, options,
                [&](const TensorView& x, const Tensor& w, const TensorView& b, const ConvOptions& pass) {
                  problems.push_back(convolution_problem(x, w, b, pass));
                  const Request request{"convolution_separated", x, w, pass};
                  const Call call = check_call(request);
                  return as_returned(call, Role::y, Tensor::borrow(shape_of_new(call, Role::y), nullptr));
                });
  return problems;
}

}  // namespace faltung

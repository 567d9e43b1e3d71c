// Cases with tensors: what PyTorch answered, operation by operation.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "check/compare.h"
#include "check/files.h"
#include "check/operands.h"

namespace faltung::check {
namespace {

std::optional<int> mapped_axis(const Json& axes, const char* name) {
  return axes.contains(name) && !axes.at(name).is_null() ? std::optional(axes.at(name).get<int>()) : std::nullopt;
}

PerAxis per_axis(const Json& values) { return PerAxis(values.get<std::vector<std::int64_t>>()); }

Border border_of(const Json& text) {
  if (!text.contains("padding_mode")) return Border::zeros;
  const std::string name = text.at("padding_mode").get<std::string>();
  if (const auto border = border_from_name(name)) return *border;
  throw Error(ErrorCode::InvalidArgument, fmt::format("a case has the unknown padding_mode {}", name));
}

ConvOptions conv_options(const Json& text, const Options& options, bool transposed) {
  const Json& padding = text.at("padding");
  return {.stride = per_axis(text.at("stride")),
          .padding = padding.is_string() ? Padding(padding.get<std::string>())
                                         : Padding(padding.get<std::vector<std::int64_t>>()),
          .dilation = per_axis(text.at("dilation")),
          .groups = text.at("groups").get<std::int64_t>(),
          .output_padding = per_axis(text.at("output_padding")),
          .transposed = transposed,
          .padding_mode = border_of(text),
          .numerics = {.tf32 = false, .transforms = false},  // what is judged bit for bit must be a sum of the products
          .policy = policy_of(options)};
}

// One case: each result is computed on its own, so that an engine that refuses one is still judged by the others.
class Case {
 public:
  Case(const Json& text, const TensorFile& file, const Options& options, Context& context)
      : text_(text), file_(file), options_(options), context_(context) {
    result_.name = text.at("name").get<std::string>();
    function_ = function_named(text.at("op").get<std::string>());
    conv_ = conv_options(text, options, function_.transposed);
  }

  std::int64_t nonzero() const { return nonzero_; }

  CaseResult run() {
    const DType real = options_.dtype.value_or(DType::f64);
    const bool complex = text_.contains("complex") && text_.at("complex").get<bool>();
    if (complex && complex_of(real) == real)
      return skip(fmt::format("there are no complex numbers of {}", name_of(real)));
    dtype_ = complex ? complex_of(real) : real;
    if (has("gg_output"))
      double_backward();
    else if (text_.contains("in_dims"))
      mapped();
    else
      plain();
    return finish();
  }

 private:
  bool has(const std::string& role) const { return file_.tensors.contains(result_.name + "." + role); }

  Tensor stored(const std::string& role) const {
    const auto found = file_.tensors.find(result_.name + "." + role);
    if (found == file_.tensors.end()) return {};
    const Tensor& tensor = found->second;
    if (!is_complex(dtype_)) return tensor;
    return Tensor::borrow(view_as_complex(tensor), tensor.owner());
  }
  Tensor operand(const std::string& role) const {
    const Tensor tensor = stored(role);
    return tensor.defined ? on_device(cast(tensor, dtype_), options_.device) : tensor;
  }

  // A few numbers of a case's text may ask for a result that takes all memory.
  void need_as_small(const std::string& role, const TensorView& x, const TensorView& w, std::int64_t batch = 1) const {
    auto elements = static_cast<double>(batch);
    for (const std::int64_t size : convolution_sizes(x.sizes, w.sizes, conv_)) elements *= static_cast<double>(size);
    if (elements > static_cast<double>(std::max<std::int64_t>(stored(role).numel(), 1)))
      throw Error(ErrorCode::InvalidArgument, "it has more elements than the file holds of it");
  }

  // Computes one result and compares it with what is stored under its name.
  void judge(const std::string& role, Wanted wanted, const std::function<Tensor()>& compute) {
    if (!has(role)) return;
    ++wanted_;
    try {
      const Difference difference = compare(compute(), stored(role));
      ++result_.compared;
      nonzero_ += difference.nonzero;
      if (!difference.text.empty()) fail(role + ": " + difference.text, wanted);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::Unsupported && !options_.engine.empty()) {
        ++result_.refused;
        note(role + " refused: " + error.what());
      } else {
        fail(role + ": " + error.what(), wanted);
      }
    }
  }

  void plain() {
    const Tensor x = operand("input"), w = operand("weight"), b = operand("bias"), gy = operand("grad_output");
    describe(x, w, b);
    const auto backward = [&](GradientMask mask) { return convolution_backward(gy, x, w, conv_, mask, context_); };
    judge("output", Wanted::output, [&] {
      need_as_small("output", x, w);
      return function_.call(x, w, b, conv_, context_);
    });
    judge("grad_input", Wanted::grad_input, [&] { return backward({true, false, false}).input; });
    judge("grad_weight", Wanted::grad_weight, [&] { return backward({false, true, false}).weight; });
    if (!options_.engine.empty())  // a sum, for which no engine is asked
      wanted_ += has("grad_bias");
    else
      judge("grad_bias", Wanted::output, [&] { return backward({false, false, true}).bias; });
  }

  void double_backward() {
    const Tensor x = operand("input"), w = operand("weight"), gy = operand("grad_output");
    const Tensor ggx = operand("gg_input"), ggw = operand("gg_weight"), ggb = operand("gg_bias");
    describe(x, w, {});
    const auto backward = [&](DoubleGradientMask mask) {
      return convolution_double_backward(ggx, ggw, ggb, gy, x, w, conv_, mask, context_);
    };
    judge("gg_output", Wanted::output, [&] { return backward({true, false, false}).grad_output; });
    judge("grad_input", Wanted::grad_input, [&] { return backward({false, true, false}).input; });
    judge("grad_weight", Wanted::grad_weight, [&] { return backward({false, false, true}).weight; });
  }

  void mapped() {
    const Tensor x = operand("input"), w = operand("weight"), b = operand("bias"), gy = operand("grad_output");
    const Json& axes = text_.at("in_dims");
    const MappedAxes map{.input = mapped_axis(axes, "input"),
                         .weight = mapped_axis(axes, "weight"),
                         .bias = mapped_axis(axes, "bias"),
                         .grad_output = mapped_axis(axes, "grad_output")};
    const auto sample = [](const Tensor& t, std::optional<int> axis) {
      return axis ? t.select(*axis, 0) : TensorView(t);
    };
    describe(sample(x, map.input), sample(w, map.weight), sample(b, map.bias));
    const auto backward = [&](GradientMask mask) {
      return vmap_convolution_backward(gy, x, w, map, conv_, mask, context_);
    };
    const bool forward_mapped = map.input || map.weight || map.bias;
    const bool backward_mapped = map.input || map.weight || map.grad_output;
    judge("output", Wanted::output, [&] {
      const std::int64_t batch = map.input ? x.size(*map.input) : map.weight ? w.size(*map.weight) : 1;
      need_as_small("output", sample(x, map.input), sample(w, map.weight), batch);
      return stacked(forward_mapped, vmap_convolution(x, w, b, map, conv_, context_));
    });
    judge("grad_input", Wanted::grad_input, [&] {
      return stacked(backward_mapped, backward({true, false, false}).input);
    });
    judge("grad_weight", Wanted::grad_weight, [&] {
      return stacked(backward_mapped, backward({false, true, false}).weight);
    });
  }

  // The file has all results of a mapped case stacked, also those of a function that no mapped operand goes into.
  Tensor stacked(bool is_mapped, const Tensor& result) const {
    if (is_mapped) return result;
    TensorView view = result;
    view.sizes.insert(0, text_.at("batch").get<std::int64_t>());
    view.strides.insert(0, 0);
    return Tensor::borrow(view, result.owner());
  }

  // Remembers how to write the case's problems; of a mapped call, that of one index.
  void describe(const TensorView& input, const TensorView& weight, const TensorView& bias) {
    problem_ = [=, this](Wanted wanted) { return print(convolution_problem(input, weight, bias, conv_, wanted)); };
  }

  void fail(const std::string& what, Wanted wanted) {
    if (result_.status != CaseResult::Status::failed) result_.detail.clear();
    result_.status = CaseResult::Status::failed;
    if (result_.problem_text.empty()) result_.problem_text = problem_(wanted);
    note(what);
  }
  void note(const std::string& what) { result_.detail += (result_.detail.empty() ? "" : "; ") + what; }

  CaseResult skip(const std::string& reason) {
    result_.status = CaseResult::Status::skipped;
    result_.detail = reason;
    return result_;
  }

  CaseResult finish() {
    if (result_.status == CaseResult::Status::failed) return result_;
    if (result_.problem_text.empty() && problem_) result_.problem_text = problem_(Wanted::output);
    if (wanted_ == 0)
      fail("the file has no result for it", Wanted::output);
    else if (result_.compared == 0)
      result_.status = CaseResult::Status::skipped;
    return result_;
  }

  const Json& text_;
  const TensorFile& file_;
  const Options& options_;
  Context& context_;
  CaseResult result_;
  Function function_{};
  ConvOptions conv_;
  DType dtype_ = DType::f64;
  std::function<std::string(Wanted)> problem_;
  int wanted_ = 0;
  std::int64_t nonzero_ = 0;
};

}  // namespace

std::vector<CaseResult> run_tensor_cases(const TensorFile& file, const Options& options) {
  const auto cases = file.metadata.find("cases");
  if (cases == file.metadata.end()) throw Error(ErrorCode::InvalidArgument, "the file's metadata has no cases");
  Context context = options.device == Device{} ? default_context() : Context(options.device);
  std::vector<CaseResult> results;
  std::int64_t nonzero = 0;
  bool passed = false;
  for (const Json& text : Json::parse(cases->second)) {
    Case one(text, file, options, context);
    results.push_back(one.run());
    nonzero += one.nonzero();
    passed = passed || results.back().status == CaseResult::Status::passed;
  }
  if (passed && nonzero == 0)  // single cases may be zero through and through, a file of them proves nothing
    results.push_back({"all cases", CaseResult::Status::failed, "nothing but zeros was compared", ""});
  return results;
}

}  // namespace faltung::check

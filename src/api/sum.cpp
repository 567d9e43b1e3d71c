#include "api/sum.h"

#include "api/folded.h"
#include "tensor/fold.h"

namespace faltung {
namespace {

TensorView expanded(const TensorView& view, std::int64_t extent) { return expand(view.unsqueeze(0), 0, extent); }

// A bias as a term: a one-tap filter over ones. It can add what an epilogue cannot: a bias that differs along the
// batch.
Term bias_term(const Sum& sum, const TensorView& one) {
  const bool forward = sum.written == Role::y;
  Geometry geometry = sum.call.geometry;
  (forward ? geometry.in_channels : geometry.out_channels) = 1;
  for (int a = 0; a < geometry.rank; ++a) {
    Axis& axis = geometry.axes[static_cast<std::size_t>(a)];
    const std::int64_t extent = forward ? axis.out : axis.in;
    axis = {.in = extent, .out = extent};
  }
  const int first = sum.bias.mapped;
  TensorView weight = split(sum.bias.view, first, geometry.groups).unsqueeze(first + (forward ? 2 : 1));
  for (int a = 0; a < geometry.rank; ++a) weight = weight.unsqueeze(weight.rank());
  const Role other = forward ? Role::x : Role::y;
  const Dims extents = extents_of(geometry, other);
  Term term{geometry, {}};
  term.factors[index_of(Role::w)] = {weight, sum.bias.mapped};
  term.factors[index_of(other)].view =
      TensorView(one.data, one.dtype, extents, Dims::filled(extents.size(), 0), one.device);
  return term;
}

// Passes that accumulate into one result: first those without a mapped operand, once, then the rest.
class Evaluator {
 public:
  Evaluator(const Sum& sum, Context& context)
      : sum_(sum), call_(sum.call), context_(context), execution_(call_.options(), context), bias_(sum.bias) {
    for (const Term& term : sum.terms) put(term);
    give_bias_a_place();
    const bool several = plain_count_ + mapped_count_ > 1;
    type_ = several ? call_.options().numerics.accumulate.value_or(accumulator_of(call_.dtype)) : call_.dtype;
  }

  Tensor plain(const TensorView& out) {
    if (plain_count_ + mapped_count_ == 0) return zeros(out);
    const bool direct = out.defined && type_ == call_.dtype;
    const Tensor sum = direct ? Tensor::borrow(out, nullptr) : make(type_);
    add_plain(sum);
    const Tensor result = as_returned_here(type_ == call_.dtype ? sum : rounded(sum));
    if (out.defined && !direct) copy(result, out, execution_);
    return result;
  }

  // In `out` if its type and strides allow that.
  Tensor mapped(const TensorView& out) {
    if (mapped_count_ == 0) {
      const Tensor once = plain({});
      return Tensor::borrow(expanded(once, sum_.extent), once.owner());
    }
    Tensor total;  // in the order of extents_of(), the mapped axis first
    if (plain_count_ > 0) total = repeated();
    for (int i = 0; i < mapped_count_; ++i) add_mapped(*mapped_[static_cast<std::size_t>(i)], total, out);
    return returned(total);
  }

 private:
  using Terms = std::array<const Term*, 4>;  // a double backward has two, and a bias

  void put(const Term& term) {
    (term.mapped() ? mapped_ : plain_)[static_cast<std::size_t>((term.mapped() ? mapped_count_ : plain_count_)++)] =
        &term;
  }

  void give_bias_a_place() {
    if (!bias_.defined()) return;
    const bool fits = !bias_.mapped && plain_count_ > 0;
    if (fits || (mapped_count_ > 0 && Folded::takes_bias(*mapped_[0], sum_.written, bias_))) return;
    one_ = Tensor::empty({1}, call_.dtype, MemoryFormat::contiguous, call_.device, execution_);
    fill(one_, 1, execution_);
    bias_term_ = bias_term(sum_, one_);
    put(bias_term_);
    bias_ = {};
  }

  Tensor make(DType type) const {
    return Tensor::empty(sizes_of(call_.geometry, sum_.written, true), type, call_.format, call_.device, execution_);
  }
  Tensor as_returned_here(const Tensor& tensor) const {
    return tensor.rank() == 2 + call_.geometry.rank ? as_returned(call_, sum_.written, tensor) : tensor;
  }
  Tensor rounded(const Tensor& sum) const {
    Tensor result = make(call_.dtype);
    copy(sum, result, execution_);
    return result;
  }
  Tensor zeros(const TensorView& out) const {
    const Tensor result = out.defined ? Tensor::borrow(out, nullptr) : make(call_.dtype);
    fill(result, 0, execution_);
    return as_returned_here(result);
  }

  void add_plain(const TensorView& sum) {
    for (int i = 0; i < plain_count_; ++i) {
      const Term& term = *plain_[static_cast<std::size_t>(i)];
      Evaluation e{.geometry = term.geometry, .written = sum_.written, .accumulate = i > 0};
      for (std::size_t r = 0; r < 3; ++r) e.views[r] = term.factors[r].view;
      e.result() = role_view(call_, sum_.written, sum);
      Tensor vector;
      if (bias_.defined() && !bias_.mapped && i == 0) e.bias = vector = plain_vector(bias_.view, type_, execution_);
      evaluate(e, call_.options(), context_);
    }
    if (plain_count_ > 0 && !bias_.mapped) bias_ = {};
  }

  // Repeats the sum of the unmapped terms for each index.
  Tensor repeated() {
    const Tensor once = make(type_);
    add_plain(once);
    const TensorView view = expanded(role_view(call_, sum_.written, once), sum_.extent);
    Tensor total = Tensor::empty(view.sizes, type_, MemoryFormat::contiguous, call_.device, execution_);
    copy(view, total, execution_);
    return total;
  }

  void add_mapped(const Term& term, Tensor& total, const TensorView& out) {
    const Folded folded(term, sum_.written, sum_.extent, execution_);
    const bool first = !total.defined;
    const Tensor result = first ? begin_folded(folded, out) : folded.fold(total);
    Evaluation e = folded.into(result);
    e.accumulate = !first;
    Tensor vector;
    if (bias_.defined()) e.bias = vector = folded.bias(bias_, call_, type_), bias_ = {};
    evaluate(e, call_.options(), context_);
    if (first)
      total = folded.unfold(result);
    else if (result.owner())
      copy(folded.unfold(result), total, execution_);  // it had to be a copy
  }

  Tensor begin_folded(const Folded& folded, const TensorView& out) const {
    if (out.defined && type_ == call_.dtype) {
      const TensorView view = role_view(call_, sum_.written, out, 1);
      if (folded.folds_in_place(view)) return folded.fold(view);
    }
    const Geometry& geometry = folded.geometry();
    const Dims extents = extents_of(geometry, sum_.written),
               strides = operand_strides(geometry, sum_.written, call_.format);
    std::int64_t count = 1;
    for (std::int64_t extent : extents) count *= extent;
    const Tensor flat = Tensor::empty({count}, type_, MemoryFormat::contiguous, call_.device, execution_);
    return Tensor::borrow(TensorView(flat.data, type_, extents, strides, call_.device), flat.owner());
  }

  // Groups and channels as one axis again, rounded, without a batch axis if the call has none.
  Tensor returned(const Tensor& total) const {
    const int group = 1 + (sum_.written == Role::w ? 0 : group_axis);
    Tensor result = fold(total, group, group + 1, execution_);
    if (!result.owner()) result = Tensor::borrow(result, total.owner());
    if (type_ != call_.dtype) result = cast(result, call_.dtype, execution_);
    return sum_.written == Role::w || call_.batched ? result : Tensor::borrow(result.squeeze(1), result.owner());
  }

  const Sum& sum_;
  const Call& call_;
  Context& context_;
  CallExecution execution_;
  Factor bias_;  // still to be added by an epilogue
  Terms plain_{}, mapped_{};
  int plain_count_ = 0, mapped_count_ = 0;
  DType type_ = DType::f32;
  Tensor one_;
  Term bias_term_;
};

}  // namespace

TensorView Factor::sample() const {
  TensorView view_of_one = view;
  if (mapped) view_of_one.sizes.erase(0), view_of_one.strides.erase(0);
  return view_of_one;
}

Tensor Sum::evaluate(const TensorView& out, Context& context) const {
  if (mapped && extent == 0) {
    Dims sizes = call.sizes(written);
    sizes.insert(0, 0);
    return Tensor::empty(sizes, call.dtype, MemoryFormat::contiguous, call.device,
                         CallExecution(call.options(), context));
  }
  Evaluator evaluator(*this, context);
  if (!mapped) return evaluator.plain(out);
  const Tensor result = evaluator.mapped(out);
  if (out.defined && result.data != out.data) copy(result, out, CallExecution(call.options(), context));
  return result;
}

}  // namespace faltung

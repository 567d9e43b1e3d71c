// The trilinear form as defined, one sum per element of the written operand.
#include "faltung/engine.h"

#include "base/never_destroyed.h"
#include "base/parallel_for.h"
#include "base/wrapping.h"
#include "engines/reference/walk.h"
#include "plan/planner.h"
#include "problem/quantized.h"
#include "problem/result_writer.h"

namespace faltung {
namespace {

using reference::Walk;

// The non-spatial extents, and those of each operand in the order of its strides.
enum Letter { N, G, C, K };
constexpr Letter letters[3][3] = {{N, G, C}, {G, K, C}, {N, G, K}};

constexpr Letter reduced_letter(Pass pass) { return pass == Pass::Forward ? C : pass == Pass::DataGrad ? K : N; }

// Element strides of an operand, by letter and by spatial axis.
struct Steps {
  std::array<std::int64_t, 4> letter{};
  std::array<std::int64_t, 3> axis{};
};

Steps steps_of(const ConvProblem& p, Role role) {
  Steps steps;
  const Dims& strides = p.operand(role).strides;
  for (std::size_t i = 0; i < 3; ++i)
    steps.letter[letters[static_cast<std::size_t>(role)][i]] = strides[static_cast<int>(i)];
  for (int a = 0; a < p.geometry.rank; ++a) steps.axis[static_cast<std::size_t>(a)] = strides[3 + a];
  return steps;
}

// One operand along the terms of one element.
struct Cursor {
  std::int64_t start = 0, reduced = 0;  // offset of the first term; step of the reduced channel (or batch)
  std::array<std::int64_t, 3> axis{};   // steps along the spatial axes
};

// Of the terms that one walk along each axis has, times `reduced` channels (or images) each.
struct Terms {
  const void *a, *b;
  Cursor at_a, at_b;
  bool conjugate_a, conjugate_b;
  std::int32_t zero_a = 0, zero_b = 0;  // of quantised problems
  std::array<std::int64_t, 3> counts;
  std::int64_t reduced;
};

template <class Sum, class T>
Sum load(T value, bool conjugate, std::int32_t zero) {
  if constexpr (is_complex_type<Sum>)
    return conjugate ? std::conj(convert<Sum>(value)) : convert<Sum>(value);
  else if constexpr (sizeof(T) == 1)
    return convert<Sum>(value) - zero;
  else
    return convert<Sum>(value);
}

template <class Sum>
Sum multiply_add(Sum total, Sum a, Sum b) {
  if constexpr (std::is_integral_v<Sum>) {  // two's complement wrap-around
    using Unsigned = std::make_unsigned_t<Sum>;
    return static_cast<Sum>(static_cast<Unsigned>(total) + static_cast<Unsigned>(a) * static_cast<Unsigned>(b));
  } else if constexpr (is_complex_type<Sum>) {  // avoids the library's handling of infinities
    return {total.real() + a.real() * b.real() - a.imag() * b.imag(),
            total.imag() + a.real() * b.imag() + a.imag() * b.real()};
  } else {
    return total + a * b;
  }
}

template <class A, class B>
Widest<A> sum_terms(const Terms& terms) {
  using Sum = Widest<A>;
  const auto* a = static_cast<const A*>(terms.a);
  const auto* b = static_cast<const B*>(terms.b);
  const Cursor &at_a = terms.at_a, &at_b = terms.at_b;
  Sum total = 0;
  if (terms.reduced <= 0 || terms.counts[1] <= 0 || terms.counts[2] <= 0) return total;  // however many of the others
  for (std::int64_t i = 0; i < terms.counts[0]; ++i)
    for (std::int64_t j = 0; j < terms.counts[1]; ++j)
      for (std::int64_t k = 0; k < terms.counts[2]; ++k) {
        std::int64_t from_a = at_a.start + i * at_a.axis[0] + j * at_a.axis[1] + k * at_a.axis[2];
        std::int64_t from_b = at_b.start + i * at_b.axis[0] + j * at_b.axis[1] + k * at_b.axis[2];
        for (std::int64_t n = terms.reduced; n > 0; --n, from_a += at_a.reduced, from_b += at_b.reduced)
          total = multiply_add(total, load<Sum>(a[from_a], terms.conjugate_a, terms.zero_a),
                               load<Sum>(b[from_b], terms.conjugate_b, terms.zero_b));
      }
  return total;
}

template <class Sum>
using SumTerms = Sum (*)(const Terms&);

std::int64_t coordinate(const Walk& walk, Role role) {
  return role == Role::x ? walk.h : role == Role::w ? walk.r : walk.o;
}
std::int64_t step(const Walk& walk, Role role) {
  return role == Role::x ? walk.step_h : role == Role::w ? walk.step_r : walk.step_o;
}

// As ResultWriter.
class QuantizedWriter {
 public:
  QuantizedWriter(const ConvProblem& problem, const Operands& operands)
      : dtype_(problem.y.dtype),
        activation_(problem.epilogue.activation),
        bias_(problem.epilogue.bias ? static_cast<const std::int32_t*>(operands.bias) : nullptr),
        values_(*operands.quantization),
        out_(operands.y) {}

  void write(std::int64_t offset, std::int64_t channel, std::int64_t sum) const {
    const auto all = static_cast<std::int32_t>(wrapping_add(sum, std::int64_t(bias_ ? bias_[channel] : 0)));
    if (dtype_ == DType::i32) return put(offset, activate(activation_, all));
    const float value = dequantized(activation_, all, values_.scale[channel]);
    if (dtype_ == DType::f32) return put(offset, value);
    const std::int32_t stored = requantized(value, values_.y_zero, zero_range(dtype_));
    dtype_ == DType::i8 ? put(offset, static_cast<std::int8_t>(stored))
                        : put(offset, static_cast<std::uint8_t>(stored));
  }

 private:
  template <class T>
  void put(std::int64_t offset, T value) const {
    static_cast<T*>(out_)[offset] = value;
  }

  DType dtype_;
  Activation activation_;
  const std::int32_t* bias_;
  Quantization values_;
  void* out_;
};

class ReferencePlan : public Plan {
 public:
  explicit ReferencePlan(const ConvProblem& problem) : p_(problem) {
    for (Role role : {Role::x, Role::w, Role::y})
      if (role != written_role(p_.pass)) (a_set_ ? b_ : a_) = role, a_set_ = true;
  }

  // What knows both types is the sum alone.
  void run(const Operands& operands, Workspace, const Execution& execution) const override {
    visit_with_u8(p_.operand(a_).dtype, [&]<class A>(ElementType<A>) {
      SumTerms<Widest<A>> sum = nullptr;
      visit_with_u8(p_.operand(b_).dtype, [&]<class B>(ElementType<B>) {
        if constexpr (std::is_same_v<Widest<A>, Widest<B>>) sum = &sum_terms<A, B>;
      });
      if constexpr (std::is_integral_v<A>)
        if (p_.epilogue.quantized) return run_rows(operands, execution, sum, QuantizedWriter(p_, operands));
      run_rows(operands, execution, sum, ResultWriter<Widest<A>>(p_, operands));
    });
  }

  void outline(Outline& outline) const override { outline.line("reference: the sum as defined"); }

 private:
  // A task is a row: all written elements that differ only in the last spatial axis.
  template <class Sum, class Writer>
  void run_rows(const Operands& operands, const Execution& execution, SumTerms<Sum> sum, const Writer& writer) const {
    Dims extents = extents_of(p_.geometry, written_role(p_.pass));
    if (numel_of(p_.geometry, written_role(p_.pass)) == 0) return;  // there may be any number of empty rows
    const std::int64_t row = extents.back();
    extents[extents.size() - 1] = 1;
    std::int64_t rows = 1;
    for (std::int64_t extent : extents) rows *= extent;
    parallel_for(execution, rows, [&](std::int64_t task) {
      Dims index = Dims::filled(extents.size(), 0);
      for (int i = extents.size() - 1; i >= 0; task /= extents[i--]) index[i] = task % extents[i];
      for (std::int64_t last = 0; last < row; ++last) {
        index[index.size() - 1] = last;
        write_one(operands, writer, index, sum);
      }
    });
  }

  template <class Sum, class Writer>
  void write_one(const Operands& operands, const Writer& writer, const Dims& index, SumTerms<Sum> sum) const {
    const std::int64_t channel = index[1] * extents_of(p_.geometry, written_role(p_.pass))[2] + index[2];
    Sum total{};
    for_each_walk(0, index, [&](const Walk& outer) {
      for_each_walk(1, index, [&](const Walk& middle) {
        for_each_walk(2, index, [&](const Walk& inner) {
          total = wrapping_add(total, sum(terms(operands, index, channel, {outer, middle, inner})));
        });
      });
    });
    std::int64_t offset = 0;
    for (int i = 0; i < index.size(); ++i) offset += index[i] * p_.written().strides[i];
    writer.write(offset, channel, total);
  }

  template <class Body>
  void for_each_walk(int axis, const Dims& index, Body&& body) const {
    if (axis >= p_.geometry.rank) return body(Walk{.count = 1});
    reference::for_each_walk(p_.pass, p_.geometry.axes[static_cast<std::size_t>(axis)], p_.padding_mode,
                             index[3 + axis], body);
  }

  // `channel` of the written element, over all groups.
  Terms terms(const Operands& operands, const Dims& index, std::int64_t channel,
              const std::array<Walk, 3>& walks) const {
    const Quantization* const values = operands.quantization;
    return {.a = operands.get(a_),
            .b = operands.get(b_),
            .at_a = cursor(a_, index, walks),
            .at_b = cursor(b_, index, walks),
            .conjugate_a = p_.operand(a_).conjugate,
            .conjugate_b = p_.operand(b_).conjugate,
            .zero_a = values ? values->x_zero : 0,  // a is x, b is w
            .zero_b = values ? weight_zero(*values, channel) : 0,
            .counts = {walks[0].count, walks[1].count, walks[2].count},
            .reduced = reduced_extent()};
  }

  Cursor cursor(Role role, const Dims& index, const std::array<Walk, 3>& walks) const {
    const Steps steps = steps_of(p_, role);
    Cursor cursor{.reduced = steps.letter[reduced_letter(p_.pass)]};
    for (std::size_t i = 0; i < 3; ++i) {
      const Letter letter = letters[static_cast<std::size_t>(written_role(p_.pass))][i];
      cursor.start += index[static_cast<int>(i)] * steps.letter[letter];
    }
    for (std::size_t a = 0; a < 3; ++a) {
      cursor.start += coordinate(walks[a], role) * steps.axis[a];
      cursor.axis[a] = wrapping_multiply(step(walks[a], role), steps.axis[a]);  // of a single term not used
    }
    return cursor;
  }

  std::int64_t reduced_extent() const {
    const Geometry& g = p_.geometry;
    return p_.pass == Pass::Forward ? g.in_channels : p_.pass == Pass::DataGrad ? g.out_channels : g.batch;
  }

  ConvProblem p_;
  bool a_set_ = false;
  Role a_ = Role::x, b_ = Role::y;  // the two operands read
};

class Reference : public Engine {
 public:
  std::string_view name() const override { return "reference"; }
  Kind kind() const override { return Kind::last_resort; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }
  bool fills_padding(Border) const override { return true; }
  bool takes_quantized() const override { return true; }
  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    // Cycles of a product, measured: each finds its two numbers by their offsets; positions lie further apart than
    // channels.
    const double cycles = p.pass == Pass::WeightGrad ? 20 : 7;
    const Estimate estimate{.flops = flops_of(p),
                            .ceiling = 2 * device.threads * device.hertz / cycles,
                            .efficiency = 1,
                            .bytes = bytes_of(p)};
    return one_way({.seconds = estimate.seconds(device), .accuracy = Accuracy::exact, .workspace_bytes = 0},
                   [&p](Planner&) { return std::make_shared<ReferencePlan>(p); });
  }
};

}  // namespace

namespace engines {
const Engine& reference() {
  static const NeverDestroyed<Reference> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung

// What forward, backward and double backward have in common when an axis may be mapped.
#include "api/gradients.h"

namespace faltung {
namespace {

Factor in_role(const Call& call, Role role, const Factor& factor) {
  return {role_view(call, role, factor.view, factor.mapped), factor.mapped};
}

bool has_indices(const Factor& factor) { return !factor.mapped || factor.view.size(0) > 0; }

}  // namespace

Term make_term(const Call& call, Role a, const Factor& first, Role b, const Factor& second) {
  Term term{call.geometry, {}};
  term.factors[index_of(a)] = in_role(call, a, first);
  term.factors[index_of(b)] = in_role(call, b, second);
  return term;
}

void check_factor(const Call& call, const Factor& factor, const Dims& sizes, const char* name, bool read) {
  const TensorView sample = factor.sample();
  check_operand(call, sample, sizes, name);
  if (read && has_indices(factor)) check_read(call.request, sample, name);
}

Tensor mapped_forward(const Mapped& m, Context& context) {
  const TensorView input = m.input.sample(), weight = m.weight.sample();
  const Request request{m.function, input, weight, m.options, m.options.transposed};
  const Call call = check_call(request);
  check_device(call, context);
  check_factor(call, m.input, input.sizes, "input", true);
  check_factor(call, m.weight, weight.sizes, "weight", true);
  const Dims channels{call.sizes(call.output())[call.batched ? 1 : 0]};
  if (m.bias.defined()) check_factor(call, m.bias, channels, "bias", true);
  const Term term = make_term(call, call.input(), m.input, Role::w, m.weight);
  return Sum{call, call.output(), {&term, 1}, m.bias, m.extent, m.any}.evaluate({}, context);
}

}  // namespace faltung

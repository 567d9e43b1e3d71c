// Shared by forward, backward and double backward with a mapped axis.
#include <algorithm>

#include "api/gradients.h"
#include "base/checked.h"

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

Dims Mapped::stacked(const Dims& sizes) const {
  Dims result = sizes;
  if (any) result.insert(0, extent);
  return result;
}

Call check_mapped(const Request& request, const Mapped& m, const Context& context) {
  const Call call = check_call(request);
  check_device(call, context);
  for (Role role : {Role::x, Role::w, Role::y}) {
    Checked bytes = static_cast<std::int64_t>(size_of(call.dtype));
    for (std::int64_t size : m.stacked(call.sizes(role))) bytes = bytes * std::max<std::int64_t>(size, 1);
    request.need(within_size_limit(bytes),
                 "mapped {} times, a tensor would have more than 2^60 bytes, which no machine can address", m.extent);
  }
  return call;
}

Tensor mapped_forward(const Mapped& m, const TensorView& out, Context& context) {
  const TensorView input = m.input.sample(), weight = m.weight.sample();
  const Request request{m.function, input, weight, m.options, m.options.transposed};
  const Call call = check_mapped(request, m, context);
  check_factor(call, m.input, input.sizes, "input", true);
  check_factor(call, m.weight, weight.sizes, "weight", true);
  if (m.bias.defined()) check_factor(call, m.bias, bias_sizes(call), "bias", true);
  if (out.defined)
    check_written(call, out, m.stacked(call.sizes(call.output())), "out",
                  {&m.input.view, &m.weight.view, &m.bias.view});
  const Term term = make_term(call, call.input(), m.input, Role::w, m.weight);
  return Sum{call, call.output(), {&term, 1}, m.bias, m.extent, m.any}.evaluate(out, context);
}

}  // namespace faltung

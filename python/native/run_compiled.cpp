#include <array>

#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "arrays/results.h"
#include "compiled.h"

namespace faltung::python {
namespace {

constexpr std::array<const char*, 3> names = {"x", "w", "y"};

// With the groups joined to the channels, as PyTorch has them.
Dims joined_extents(const ConvProblem& problem, Role role) {
  Dims extents = extents_of(problem.geometry, role);
  const int groups = role == Role::w ? 0 : 1;
  extents[groups + 1] *= extents[groups];
  extents.erase(groups);
  return extents;
}

Tensor new_result(const ConvProblem& problem, Role role, const Stream& stream) {
  const DenseLayout layout = layout_of(problem, {role});
  if (!layout.contiguous && !layout.channels_last)
    refuse("{} is left out, but the problem has gaps between its elements: give it", names[static_cast<int>(role)]);
  return Tensor::empty(joined_extents(problem, role), problem.operand(role).dtype, layout.nearest(), stream.device,
                       stream);
}

struct Run {
  std::array<nb::handle, 3> given;  // x, w, y
  std::array<ArrayArgument, 3> arrays;
  const Prepared* prepared = nullptr;
  const ArrayKind* kind = nullptr;
  void* stream = nullptr;

  void read(std::size_t role, nb::handle stream_given) {
    if (role == 1 && nb::try_cast(given[role], prepared) && prepared) return void(arrays[role] = prepared->w);
    arrays[role] = read_array(given[role], names[role], stream);
    if (kind) return;
    kind = arrays[role].kind;
    stream = stream_of(arrays[role], stream_given);
  }
  TensorView view(Role role) const { return arrays[static_cast<std::size_t>(role)].view; }
};

}  // namespace

nb::object Compiled::run(nb::handle x, nb::handle w, nb::handle y, nb::handle bias, nb::handle z, nb::handle alpha,
                         nb::handle stream) const {
  Run run{.given = {x, w, y}};
  const Role written = written_role(conv.problem().pass);
  const auto result = static_cast<std::size_t>(written);
  for (std::size_t role = 0; role < 3; ++role)
    if (role != result) run.read(role, stream);
  const Stream on{device, run.stream};
  const bool fresh = run.given[result].is_none();
  Tensor made;
  if (fresh)
    run.arrays[result].view = made = new_result(conv.problem(), written, on);
  else
    run.arrays[result] = read_out(run.given[result], names[result], run.stream);
  const ArrayArgument b = read_optional(bias, "bias", run.stream), added = read_optional(z, "z", run.stream);
  const OperandViews views{run.view(Role::x), run.view(Role::w), run.view(Role::y), b.view, added.view};
  const double scale = number_from(alpha, "alpha");
  without_lock([&] {
    Operands operands = bind(conv.problem(), views, device).operands;
    operands.alpha = scale;
    run.prepared ? conv.run(operands, *run.prepared->weights, on) : conv.run(operands, on);
  });
  return fresh ? as_kind(made, *run.kind, run.stream) : nb::borrow(run.given[result]);
}

Prepared Compiled::prepare(nb::handle w, nb::handle stream) const {
  ArrayArgument weights = read_owned(w, "w");
  const Stream on{device, stream_of(weights, stream)};
  const void* memory = bind(conv.problem(), Role::w, weights.view, device);
  auto prepared = without_lock([&] { return conv.prepare(memory, on); });
  return {std::move(prepared), std::move(weights)};
}

}  // namespace faltung::python

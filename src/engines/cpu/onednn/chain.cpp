#include "engines/cpu/onednn/chain.h"

#include <array>

#include "compose/composite_plan.h"
#include "engines/cpu/onednn/team.h"

namespace faltung::cpu_onednn {
namespace {

Place::Where where_of(Role role) noexcept {
  return role == Role::x ? Place::Where::x : role == Role::w ? Place::Where::w : Place::Where::y;
}

const char* letter_of(Role role) noexcept { return role == Role::x ? "x" : role == Role::w ? "w" : "y"; }

Primitive compiled(const PrimitiveDesc& implementation) {
  Primitive primitive = made<Primitive>("compile a primitive",
                                        [&](auto** to) { return dnnl().primitive_create(to, implementation.get()); });
  keep_data_of(name_of(implementation));
  return primitive;
}

const MemoryDescObject* wanted(const PrimitiveDesc& implementation, Argument name) {
  return dnnl().primitive_desc_query_md(implementation.get(), Query::exec_arg_md, static_cast<int>(name));
}

}  // namespace

Chain::Chain(const ConvProblem& p, Formats formats, int team, const Chain* like) : team_(team) {
  const TeamSize scope(team);
  const MemoryDesc x = description(p, Role::x), y = description(p, Role::y), w = weights_like(p, like);
  const bool plain = formats == Formats::plain;
  const PrimitiveDesc operation =
      implementation_of(p, {.x = plain ? x.get() : nullptr, .w = w.get(), .y = plain ? y.get() : nullptr});
  implementation_ = name_of(operation);
  Step step{.primitive = compiled(operation), .uses = {}};
  for (const Role role : {Role::x, Role::w, Role::y}) {
    const Argument name = argument_of(p, role);
    step.uses.push_back({name, use_operand(p, role, wanted(operation, name))});
  }
  if (p.epilogue.bias) step.uses.push_back({Argument::bias, add(Place::Where::bias, description_of_bias(p))});
  if (p.epilogue.quantized) use_quantization(p, step);
  const MemoryDescObject* const scratchpad = wanted(operation, Argument::scratchpad);
  if (scratchpad && dnnl().memory_desc_get_size(scratchpad) > 0)
    step.uses.push_back({Argument::scratchpad, add(Place::Where::workspace, copy_of(scratchpad))});
  steps_.push_back(std::move(step));
  if (last_) steps_.push_back(std::move(*last_));
  pool_.fill([this] { return make_objects(); });
}

void Chain::use_quantization(const ConvProblem& p, Step& step) {
  step.uses.push_back({Argument::scales_of_weights, add(Place::Where::scales, description_of_scales(p))});
  step.uses.push_back({Argument::zero_point_of_src, add(Place::Where::x_zero, description_of_zero_point())});
  if (p.y.dtype != DType::f32)
    step.uses.push_back({Argument::zero_point_of_dst, add(Place::Where::y_zero, description_of_zero_point())});
}

MemoryDesc Chain::weights_like(const ConvProblem& p, const Chain* other) const {
  if (!other || p.pass == Pass::WeightGrad) return nullptr;
  return other->weights_ ? copy_of(other->places_[*other->weights_].desc.get()) : description(p, Role::w);
}

std::size_t Chain::add(Place::Where where, MemoryDesc desc) {
  const Place& place = places_.emplace_back(Place{where, std::move(desc), workspace_bytes_});
  if (where >= Place::Where::prepared_or_workspace)
    workspace_bytes_ += whole_lines(Checked(static_cast<std::int64_t>(place.bytes())));
  return places_.size() - 1;
}

std::size_t Chain::use_operand(const ConvProblem& p, Role role, const MemoryDescObject* wanted) {
  const std::size_t own = add(where_of(role), description(p, role));
  if (dnnl().memory_desc_equal(places_[own].desc.get(), wanted)) return own;
  const bool is_weights = role == Role::w && p.pass != Pass::WeightGrad;
  const std::size_t copy =
      add(is_weights ? Place::Where::prepared_or_workspace : Place::Where::workspace, copy_of(wanted));
  reordered_.append(reordered_.empty() ? "" : " ").append(letter_of(role));
  if (is_weights) weights_ = copy;
  if (role == written_role(p.pass)) {
    last_ = reorder(copy, own);
  } else {
    steps_.push_back(reorder(own, copy));
    steps_.back().prepares = is_weights;
  }
  return copy;
}

Step Chain::reorder(std::size_t from, std::size_t to) const {
  const PrimitiveDesc implementation = made<PrimitiveDesc>("plan a reorder", [&](auto** desc) {
    return dnnl().reorder_primitive_desc_create(desc, places_[from].desc.get(), opened().cpu, places_[to].desc.get(),
                                                opened().cpu, nullptr);
  });
  return {.primitive = compiled(implementation), .uses = {{Argument::src, from}, {Argument::dst, to}}};
}

Objects Chain::make_objects() const {
  Objects made_now{.stream = made<Stream>("make a stream",
                                          [](auto** to) { return dnnl().stream_create(to, opened().cpu, in_order); }),
                   .memories = {}};
  for (const Place& place : places_)
    made_now.memories.push_back(made<Memory>("describe memory", [&](auto** to) {
      return dnnl().memory_create(to, place.desc.get(), opened().cpu, nullptr);
    }));
  return made_now;
}

void* Place::address(const Operands& operands, Workspace workspace) const noexcept {
  switch (where) {
    case Where::x:
      return operands.x;
    case Where::w:
      return operands.w;
    case Where::y:
      return operands.y;
    case Where::bias:
      return const_cast<void*>(operands.bias);
    case Where::scales:
      return const_cast<float*>(operands.quantization->scale);
    case Where::x_zero:
      return const_cast<std::int32_t*>(&operands.quantization->x_zero);
    case Where::y_zero:
      return const_cast<std::int32_t*>(&operands.quantization->y_zero);
    case Where::prepared_or_workspace:
      if (operands.prepared) return const_cast<std::byte*>(operands.prepared);
      [[fallthrough]];
    default:
      return workspace.data() + offset;
  }
}

// On the CPU the stream has done it when this returns.
void Chain::execute(const Step& step, const Objects& objects, const Operands& operands, Workspace workspace) const {
  std::array<ExecArg, most_uses> arguments;
  std::size_t count = 0;
  for (const Step::Use& use : step.uses) {
    MemoryObject* const memory = objects.memories[use.place].get();
    check(dnnl().memory_set_data_handle(memory, places_[use.place].address(operands, workspace)), "set an address");
    arguments[count++] = {use.name, memory};
  }
  check(dnnl().primitive_execute(step.primitive.get(), objects.stream.get(), static_cast<int>(count), arguments.data()),
        "run");
}

void Chain::run(const Operands& operands, Workspace workspace) const {
  const TeamSize scope(team_);
  pool_.lend([this] { return make_objects(); },
             [&](const Objects& objects) {
               for (const Step& step : steps_)
                 if (!step.prepares || !operands.prepared) execute(step, objects, operands, workspace);
             });
}

void Chain::prepare(const void* w, std::byte* prepared) const {
  const TeamSize scope(team_);
  const Objects objects = make_objects();
  const Operands operands{.w = const_cast<void*>(w), .prepared = prepared};
  for (const Step& step : steps_)
    if (step.prepares) execute(step, objects, operands, {});
}

}  // namespace faltung::cpu_onednn

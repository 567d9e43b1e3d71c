#include "context/check_run.h"

#include <array>

#include "base/alignment.h"
#include "context/refuse.h"
#include "problem/alpha.h"
#include "problem/geometry.h"
#include "problem/quantized.h"

namespace faltung {
namespace {

constexpr std::size_t workspace_alignment = 64;
constexpr std::array<std::string_view, 6> names{"x", "w", "y", "bias", "z", "the workspace"};
enum Part : std::size_t { bias = 3, z, workspace };  // after the three roles

Part part_of(Role role) { return static_cast<Part>(role); }

// What a part of a run spans; nothing if it is empty.
struct Bytes {
  std::uintptr_t begin = 0, end = 0;
  bool meets(const Bytes& other) const noexcept { return begin < other.end && other.begin < end; }
};

Bytes span_of(const Geometry& geometry, Role role, const Operand& operand, const void* data) {
  const Dims extents = extents_of(geometry, role);
  const std::int64_t *extent = extents.begin(), *stride = operand.strides.begin();
  std::int64_t low = 0, high = 1;
  for (int axis = 0; axis < extents.size(); ++axis) {
    if (extent[axis] == 0) return {};
    const std::int64_t reach = (extent[axis] - 1) * stride[axis];
    (reach < 0 ? low : high) += reach;
  }
  const auto element = static_cast<std::int64_t>(size_of(operand.dtype));
  const auto first = reinterpret_cast<std::uintptr_t>(data);
  return {first + static_cast<std::uintptr_t>(low * element), first + static_cast<std::uintptr_t>(high * element)};
}

Bytes span_of(const void* data, std::size_t bytes) {
  const auto first = reinterpret_cast<std::uintptr_t>(data);
  return {first, first + bytes};
}

// Everything that a run reads or writes.
class Parts {
 public:
  Parts(const ConvProblem& problem, const Operands& operands, Workspace memory)
      : problem_(problem), operands_(operands), memory_(memory) {
    const Operand& written = problem.written();
    for (Role role : {Role::x, Role::w, Role::y})  // prepared weights stand for a w that may be gone
      if (role != Role::w || !operands.prepared)
        spans_[part_of(role)] = span_of(problem.geometry, role, problem.operand(role), operands.get(role));
    if (problem.epilogue.bias)
      spans_[bias] = span_of(operands.bias, static_cast<std::size_t>(channels()) * size_of(bias_type(problem)));
    if (problem.epilogue.add) spans_[z] = span_of(problem.geometry, written_role(problem.pass), written, operands.z);
    spans_[workspace] = span_of(memory.data(), memory.size());
  }

  void need_apart(Part a, Part b, std::string_view verb) const {
    if (spans_[a].meets(spans_[b]) && overlaps(view(a), view(b)))
      refuse(problem_, fmt::format("{} {} {}", names[a], verb, names[b]));
  }

 private:
  std::int64_t channels() const { return total_channels(problem_.geometry, written_role(problem_.pass)); }

  TensorView view(Part part) const {
    const Role written = written_role(problem_.pass);
    const auto at = [](const void* pointer) { return const_cast<void*>(pointer); };
    if (part == bias) return {at(operands_.bias), bias_type(problem_), {channels()}, {1}};
    if (part == z) return view_of(problem_.geometry, written, problem_.written(), at(operands_.z));
    if (part == workspace) return {memory_.data(), DType::i8, {static_cast<std::int64_t>(memory_.size())}, {1}};
    const Role role = static_cast<Role>(part);
    return view_of(problem_.geometry, role, problem_.operand(role), operands_.get(role));
  }

  const ConvProblem& problem_;
  const Operands& operands_;
  Workspace memory_;
  std::array<Bytes, names.size()> spans_{};
};

void check_addend(const ConvProblem& problem, const void* pointer, bool wanted, Part part) {
  if (pointer && !wanted) refuse(problem, fmt::format("{} is given, but the problem has none", names[part]));
  if (!wanted) return;
  if (!pointer && numel_of(problem.geometry, written_role(problem.pass)) != 0)
    refuse(problem, fmt::format("{} is a null pointer", names[part]));
  const DType dtype = part == bias ? bias_type(problem) : problem.written().dtype;
  if (!lies_on(pointer, size_of(real_of(dtype))))
    refuse(problem, fmt::format("{} is not aligned to its elements", names[part]));
}

void check_workspace(const ConvProblem& problem, Workspace memory, std::size_t needed) {
  if (memory.size() < needed)
    refuse(problem, fmt::format("the workspace has {} bytes; the plan needs {}", memory.size(), needed));
  if (!memory.data() && !memory.empty()) refuse(problem, "the workspace is a null pointer");
  if (!lies_on(memory.data(), workspace_alignment)) refuse(problem, "the workspace is not aligned to 64 bytes");
}

}  // namespace

void check_pointer(const ConvProblem& problem, const Operands& operands, Role role) {
  const Operand& operand = problem.operand(role);
  const void* pointer = operands.get(role);
  const std::string_view name = names[part_of(role)];
  if (!pointer && numel_of(problem.geometry, role) != 0)
    refuse(problem, fmt::format("operand {} is a null pointer", name));
  if (!lies_on(pointer, operand.alignment))
    refuse(problem, fmt::format("operand {} is not aligned to {} bytes, as the problem says", name, operand.alignment));
}

void check_run(const ConvProblem& problem, const Operands& operands, Workspace memory, std::size_t needed,
               const Device& device) {
  for (Role role : {Role::x, Role::w, Role::y}) check_pointer(problem, operands, role);
  check_addend(problem, operands.bias, problem.epilogue.bias, bias);
  check_addend(problem, operands.z, problem.epilogue.add, z);
  const std::string fault = alpha_fault(operands.alpha, problem.epilogue.add, accumulator_of(problem));
  if (!fault.empty()) refuse(problem, fault);
  if (problem.epilogue.quantized || operands.quantization)
    if (const std::string wrong = quantization_fault(problem, operands.quantization); !wrong.empty())
      refuse(problem, wrong);
  check_workspace(problem, memory, needed);

  const Parts parts(problem, operands, memory.first(needed));
  const Part written = part_of(written_role(problem.pass));
  // z lies as the written operand does; engines on the CPU read an element of it before they write the result's.
  const bool in_place = device.type == DeviceType::cpu && operands.z == operands.get(written_role(problem.pass));
  for (Part part : {part_of(Role::x), part_of(Role::w), part_of(Role::y), bias, z}) {
    if (part != written && !(part == z && in_place)) parts.need_apart(written, part, "is written and overlaps");
    parts.need_apart(workspace, part, "overlaps");
  }
}

}  // namespace faltung

#include "c/bind.h"

#include <algorithm>

#include "c/guard.h"

namespace faltung::c {
namespace {

class Binder {
 public:
  Binder(const ConvProblem& problem, Device device) : problem_(problem), device_(device) {}

  // As (N, G, C, in…), (G, K, C, filter…), (N, G, K, out…), with the strides the problem says.
  TensorView operand(Role role, const DLTensor* tensor, const std::string& name) const {
    TensorView view = taken(tensor, name);
    const Operand& operand = problem_.operand(role);
    const Dims wanted = extents_of(problem_.geometry, role);
    check_type(view, operand.dtype, name);
    if (view.rank() + 1 == wanted.size()) view = groups_apart(view, role);
    if (view.sizes != wanted)
      fail(name + " has the extents " + text(view.sizes) + "; the problem needs " + text(wanted));
    for (int axis = 0; axis < wanted.size(); ++axis)
      if (wanted[axis] == 1) view.strides[axis] = 0;
    if (view.numel() != 0 && view.strides != operand.strides)
      fail(name + " has the strides " + text(view.strides) + "; the problem says " + text(operand.strides));
    return view;
  }

  TensorView bias(const DLTensor* tensor) const {
    const TensorView view = taken(tensor, "bias");
    const Role role = written_role(problem_.pass);
    check_type(view, problem_.written().dtype, "bias");
    const Geometry& g = problem_.geometry;
    const Dims wanted{g.groups * (role == Role::x ? g.in_channels : g.out_channels)};
    if (view.sizes != wanted) fail("bias has the extents " + text(view.sizes) + "; the problem needs " + text(wanted));
    if (!view.is_contiguous()) fail("bias has stride " + text(view.strides) + "; it must be 1");
    return view;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::InvalidArgument, what + "; problem: " + print(problem_));
  }

 private:
  TensorView taken(const DLTensor* tensor, const std::string& name) const {
    const TensorView view = from_dlpack(required(tensor, name.c_str()));
    if (view.device != device_) fail(name + " is not on the context's device");
    return view;
  }

  void check_type(const TensorView& view, DType wanted, const std::string& name) const {
    if (view.dtype != wanted)
      fail(name + " has the type " + std::string(name_of(view.dtype)) + "; the problem needs " +
           std::string(name_of(wanted)));
  }

  // The axis that PyTorch keeps groups in, split: the channels of x and y, the output channels of w.
  TensorView groups_apart(const TensorView& view, Role role) const {
    const int axis = role == Role::w ? 0 : 1;
    const std::int64_t groups = problem_.geometry.groups;
    if (view.sizes[axis] % groups != 0) return view;  // the extents will not match
    TensorView result = view;
    result.sizes[axis] /= groups;
    result.sizes.insert(axis, groups);
    result.strides.insert(axis, view.strides[axis] * result.sizes[axis + 1]);
    return result;
  }

  static std::string text(const Dims& dims) {
    std::string result;
    for (std::int64_t value : dims) result += (result.empty() ? "" : ", ") + std::to_string(value);
    return "[" + result + "]";
  }

  const ConvProblem& problem_;
  Device device_;
};

std::uint8_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer) | Operand::max_alignment;
  return static_cast<std::uint8_t>(address & -address);
}

}  // namespace

Operands bind(ConvProblem& problem, const Tensors& tensors, Device device) {
  const Binder binder(problem, device);
  const TensorView views[] = {binder.operand(Role::x, tensors.x, "x"), binder.operand(Role::w, tensors.w, "w"),
                              binder.operand(Role::y, tensors.y, "y")};
  const Role written = written_role(problem.pass);
  if (!problem.epilogue.bias && tensors.bias) binder.fail("a bias is given, the problem has none");
  if (!problem.epilogue.add && tensors.z) binder.fail("z is given, the problem adds none");
  const TensorView bias = problem.epilogue.bias ? binder.bias(tensors.bias) : TensorView();
  const TensorView z = problem.epilogue.add ? binder.operand(written, tensors.z, "z") : TensorView();
  const TensorView& output = views[static_cast<int>(written)];
  for (const TensorView* input : {&views[0], &views[1], &views[2], &bias, &z})
    if (input != &output && input->defined && overlaps(*input, output))
      binder.fail("the tensor that is written overlaps one that is read");
  for (Role role : {Role::x, Role::w, Role::y}) {
    Operand& operand = problem.operand(role);
    operand.alignment = std::min(operand.alignment, alignment_of(views[static_cast<int>(role)].data));
  }
  return {views[0].data, views[1].data, views[2].data, bias.data, z.data, 1.0};
}

}  // namespace faltung::c

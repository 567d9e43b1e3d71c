#include "faltung/bind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "problem/geometry.h"
#include "problem/quantized.h"
#include "tensor/fold.h"
#include "tensor/overlap.h"

namespace faltung {
namespace {

std::string text(const Dims& dims) { return fmt::format("[{}]", fmt::join(dims.begin(), dims.end(), ", ")); }

bool is_conjugated(const TensorView& view) { return view.conjugate && is_complex(view.dtype); }

class Binder {
 public:
  Binder(const ConvProblem& problem, Device device) : problem_(problem), device_(device) {}

  void operand(Role role, TensorView view, std::string_view name) const {
    const Operand& operand = problem_.operand(role);
    check_memory(view, operand.dtype, name);
    need(operand.conjugate || !is_conjugated(view), "{} is a conjugate view; the problem reads it as it is", name);
    const Dims wanted = extents_of(problem_.geometry, role);
    const int channels = role == Role::w ? 0 : 1;
    const std::int64_t groups = problem_.geometry.groups;
    if (view.numel() == 0) view.strides = Dims::filled(view.rank(), 0);  // they say nothing
    if (view.rank() + 1 == wanted.size() && view.sizes[channels] % groups == 0) view = split(view, channels, groups);
    if (view.sizes != wanted)
      refuse("{} has the extents {}; the problem needs {}", name, text(view.sizes), text(wanted));
    const Dims strides = canonical_strides(wanted, view.strides);
    if (view.numel() > 0 && strides != operand.strides)
      refuse("{} has the strides {}; the problem says {}", name, text(strides), text(operand.strides));
  }

  void bias(const TensorView& view) const {
    if (!is_wanted(view, problem_.epilogue.bias, "bias")) return;
    check_memory(view, bias_type(problem_), "bias");
    need(!is_conjugated(view), "bias is a conjugate view; the problem reads it as it is");
    const Dims wanted{total_channels(problem_.geometry, written_role(problem_.pass))};
    if (view.sizes != wanted) refuse("bias has the extents {}; the problem needs {}", text(view.sizes), text(wanted));
    if (!view.is_contiguous()) refuse("bias has the strides {}; they must be [1]", text(view.strides));
  }

  void z(const TensorView& view) const {
    if (is_wanted(view, problem_.epilogue.add, "z")) operand(written_role(problem_.pass), view, "z");
  }

  // z has the written operand's extents and strides: it shares no memory with it, or on the CPU all of it, element by
  // element.
  void addition(const TensorView& written, const TensorView& z) const {
    if (z.data != written.data) return apart(written, z, "z");
    need(!z.defined || device_.type == DeviceType::cpu || z.numel() == 0,
         "the tensor that is written is z itself; on a GPU z needs memory of its own");
  }

  void apart(const TensorView& written, const TensorView& read, std::string_view name) const {
    need(!read.defined || !overlaps(read, written), "the tensor that is written overlaps {}, which is read", name);
  }

 private:
  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<const Args&...> fact, const Args&... args) const {
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("{}; problem: {}", fmt::format(fact, args...), print(problem_)));
  }
  // For words that cost nothing to name.
  template <class... Args>
  void need(bool condition, fmt::format_string<const Args&...> fact, const Args&... args) const {
    if (!condition) refuse(fact, args...);
  }

  bool is_wanted(const TensorView& view, bool wanted, std::string_view name) const {
    need(wanted || !view.defined, "{} is given, but the problem has none", name);
    return wanted;
  }

  void check_memory(const TensorView& view, DType dtype, std::string_view name) const {
    need(view.defined, "{} is left out; the problem needs it", name);
    need(view.device == device_, "{} is not on the context's device", name);
    need(view.dtype == dtype, "{} has the type {}; the problem needs {}", name, name_of(view.dtype), name_of(dtype));
    const std::string fault = memory_fault(view);
    need(fault.empty(), "{} {}", name, fault);
    address_range(view);
  }

  const ConvProblem& problem_;
  Device device_;
};

constexpr std::string_view names[] = {"x", "w", "y"};

}  // namespace

BoundProblem bind(const ConvProblem& problem, const OperandViews& views, Device device) {
  BoundProblem bound{canonical(problem), {views.x.data, views.w.data, views.y.data, views.bias.data, views.z.data}};
  const Binder check(bound.problem, device);
  for (Role role : {Role::x, Role::w, Role::y}) check.operand(role, views.get(role), names[static_cast<int>(role)]);
  check.bias(views.bias);
  check.z(views.z);
  const Role written = written_role(problem.pass);
  check.apart(views.get(written), views.bias, "bias");
  check.addition(views.get(written), views.z);
  for (Role role : {Role::x, Role::w, Role::y}) {
    if (role != written) check.apart(views.get(written), views.get(role), names[static_cast<int>(role)]);
    Operand& operand = bound.problem.operand(role);
    operand.alignment = std::min(operand.alignment, alignment_of(views.get(role).data));
  }
  return bound;
}

void* bind(const ConvProblem& problem, Role role, const TensorView& view, Device device) {
  const ConvProblem clean = canonical(problem);
  Binder(clean, device).operand(role, view, names[static_cast<int>(role)]);
  return view.data;
}

}  // namespace faltung

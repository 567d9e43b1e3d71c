// Checks of operands, before anything is allocated or an engine is asked.
#include "api/call.h"
#include "tensor/fold.h"
#include "tensor/overlap.h"

namespace faltung {

MemoryFormat result_format(const Request& request, bool batched) {
  if (size_of(real_of(request.input.dtype)) == 8) return MemoryFormat::contiguous;
  const bool last = suggests_channels_last(batched ? request.input : request.input.unsqueeze(0)) ||
                    suggests_channels_last(request.weight);
  return last ? MemoryFormat::channels_last : MemoryFormat::contiguous;
}

Dims Call::sizes(Role role) const { return sizes_of(geometry, role, batched); }

Call check_call(const Request& r) {
  r.need(r.input.defined && r.weight.defined, "{} is left out; it is needed", r.input.defined ? "weight" : "input");
  const Geometry geometry = check_geometry(r);
  const bool batched = r.input.rank() == r.weight.rank();
  r.need(r.input.dtype < DType::boolean, "no convolution is defined on {}; cast the operands to a number type",
         name_of(r.input.dtype));
  Call call{r, geometry, batched, r.input.dtype, r.input.device, result_format(r, batched)};
  check_operand(call, r.weight, r.weight.sizes, "weight");
  return call;
}

void check_operand(const Call& call, const TensorView& view, const Dims& sizes, const char* name) {
  const Request& r = call.request;
  if (view.sizes != sizes) [[unlikely]]
    r.refuse(fmt::format("{} has the shape {}; {} is right", name, to_text(view.sizes), to_text(sizes)));
  r.need(view.dtype == call.dtype, "{} is {}, but input is {}; all operands must have one type", name,
         name_of(view.dtype), name_of(call.dtype));
  r.need(view.device == call.device, "{} lies on another device than input; all operands must lie on one", name);
}

void check_read(const Request& request, const TensorView& view, const char* name) {
  const std::string fault = memory_fault(view);
  request.need(fault.empty(), "{} {}", name, fault);
}

void check_written(const Call& call, const TensorView& out, const Dims& sizes, const char* name,
                   std::initializer_list<const TensorView*> read) {
  const Request& r = call.request;
  check_operand(call, out, sizes, name);
  check_read(r, out, name);
  r.need(!out.conjugate || !is_complex(out.dtype), "{} is a conjugate view; only plain memory can be written", name);
  for (int axis = 0; axis < out.rank(); ++axis)
    r.need(out.size(axis) <= 1 || out.stride(axis) > 0 || out.numel() == 0,
           "{} has the stride {} in axis {}; what is written needs positive strides", name, out.stride(axis), axis);
  r.need(!overlaps_itself(out), "{} holds some elements in the same place; what is written must not overlap", name);
  for (const TensorView* operand : read)
    r.need(!operand->defined || !overlaps(out, *operand),
           "{} overlaps an operand that is read; it needs memory of its own", name);
}

Dims bias_sizes(const Call& call) { return {call.sizes(call.output())[call.batched ? 1 : 0]}; }

void check_bias(const Call& call, const TensorView& bias, const char* name) {
  if (!bias.defined) return;
  check_operand(call, bias, bias_sizes(call), name);
  check_read(call.request, bias, name);
}

void check_device(const Call& call, const Context& context) {
  const Device device = context.device();
  call.request.need(call.device == device,
                    "the operands lie on {}:{}, but the context is of {}:{}; they must be the same",
                    name_of(call.device.type), call.device.index, name_of(device.type), device.index);
}

TensorView shape_of_new(const Call& call, Role role) {
  const Dims sizes = sizes_of(call.geometry, role, true);
  return TensorView(nullptr, call.dtype, sizes, dense_strides(sizes, call.format), call.device);
}

Tensor make_new(const Call& call, Role role, const Execution& execution) {
  return Tensor::empty(sizes_of(call.geometry, role, true), call.dtype, call.format, call.device, execution);
}

Tensor as_returned(const Call& call, Role role, const Tensor& tensor) {
  return role == Role::w || call.batched ? tensor : Tensor::borrow(tensor.squeeze(0), tensor.owner());
}

TensorView role_view(const Call& call, Role role, const TensorView& view, int first) {
  const std::int64_t groups = call.geometry.groups;
  if (role == Role::w) return split(view, first, groups);
  const bool batched = view.rank() == first + 2 + call.geometry.rank;
  return split(batched ? view : view.unsqueeze(first), first + 1, groups);
}

}  // namespace faltung

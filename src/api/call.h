// A call with checked extents, options and operands.
#pragma once

#include "api/request.h"
#include "problem/roles.h"

namespace faltung {

// How a call allocates, copies and computes; keeps the context's executor while it lasts.
class CallExecution {
 public:
  CallExecution(const ConvOptions& options, const Context& context)
      : executor_(context.executor()),
        execution_({context.device(), options.stream}, executor_.get(), options.policy.threads) {}
  operator const Execution&() const noexcept { return execution_; }

 private:
  std::shared_ptr<Executor> executor_;
  Execution execution_;
};

struct Call {
  const Request& request;
  Geometry geometry;
  bool batched = true;
  DType dtype = DType::f32;
  Device device;
  MemoryFormat format = MemoryFormat::contiguous;  // of new tensors

  bool transposed() const noexcept { return request.transposed; }
  const ConvOptions& options() const noexcept { return request.options; }
  Role input() const noexcept { return input_role(transposed()); }
  Role output() const noexcept { return output_role(transposed()); }
  Dims sizes(Role role) const;  // in PyTorch's order: (N, channels, …) or without N; (O, C/G, …)
};

// Checks extents and options alone, in O(1). Refuses meaningless ones, and tensors larger than any machine addresses.
Geometry check_geometry(const Request& request);

// Extents, in PyTorch's order, of the tensor with that role.
Dims sizes_of(const Geometry& geometry, Role role, bool batched);

// Of new tensors: what input or weight suggests.
MemoryFormat result_format(const Request& request, bool batched);

// Checks extents, options, and the types and devices of input and weight; not their data, which check_read() does.
Call check_call(const Request& request);

// Checks that the tensor fits this call: extents, type, device.
void check_operand(const Call& call, const TensorView& view, const Dims& sizes, const char* name);
// Checks that its memory exists and is aligned to its elements.
void check_read(const Request& request, const TensorView& view, const char* name);
// Checks that its memory can be written: it exists, no element occurs twice, and it does not overlap an operand that is
// read.
void check_written(const Call& call, const TensorView& out, const Dims& sizes, const char* name,
                   std::initializer_list<const TensorView*> read);
// A vector with one entry per output channel.
Dims bias_sizes(const Call& call);
// Checks the bias, if there is one.
void check_bias(const Call& call, const TensorView& bias, const char* name = "bias");
void check_device(const Call& call, const Context& context);

// A dense tensor for that role in the call's format, always with its batch axis: null data, or fresh memory.
TensorView shape_of_new(const Call& call, Role role);
Tensor make_new(const Call& call, Role role, const Execution& execution);
// Without the batch axis if the call has none.
Tensor as_returned(const Call& call, Role role, const Tensor& tensor);

// An operand in the order of extents_of(): (N, G, C, …), (G, K, C, …) or (N, G, K, …); no copy. The first `first` axes
// precede PyTorch's and stay in place. The rank tells views with a batch axis from those without.
TensorView role_view(const Call& call, Role role, const TensorView& view, int first = 0);

}  // namespace faltung

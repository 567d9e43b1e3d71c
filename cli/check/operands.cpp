#include "check/operands.h"

#include <map>

namespace faltung::check {

Function function_named(const std::string& name) {
  static const std::map<std::string, Function> functions = {
      {"conv1d", {conv1d, false}},
      {"conv2d", {conv2d, false}},
      {"conv3d", {conv3d, false}},
      {"conv_transpose1d", {conv_transpose1d, true}},
      {"conv_transpose2d", {conv_transpose2d, true}},
      {"conv_transpose3d", {conv_transpose3d, true}},
  };
  const auto found = functions.find(name);
  if (found == functions.end()) throw Error(ErrorCode::InvalidArgument, "there is no function " + name.substr(0, 64));
  return found->second;
}

Tensor on_device(const TensorView& tensor, Device device) {
  Tensor there = Tensor::empty(tensor.sizes, tensor.dtype, MemoryFormat::contiguous, device);
  copy(tensor, there);
  return there;
}

Policy policy_of(const Options& options) { return {.only = options.engine, .threads = options.threads}; }

}  // namespace faltung::check

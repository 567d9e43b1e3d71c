#include "plan/prepare.h"

#include "base/float_environment.h"
#include "tensor/memory.h"

namespace faltung {

Tensor prepare(const Plan& plan, const void* w, const Execution& execution) {
  const Device device = execution.stream.device;
  const DeviceScope scope(device);
  const DefaultFloatEnvironment environment;
  const auto bytes = static_cast<std::int64_t>(plan.prepared_bytes());
  Tensor weights = Tensor::empty({bytes}, DType::i8, MemoryFormat::contiguous, device, execution);
  plan.prepare(w, weights.as<std::byte>(), execution);
  return weights;
}

}  // namespace faltung

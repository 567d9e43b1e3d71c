#include "tensor/memory.h"

#include <fmt/format.h>

#include "device/backend.h"

namespace faltung {

Memory& memory_of(Device device) {
  const Backend& backend = backend_of(device.type);
  if (Memory* memory = backend.memory()) return *memory;
  throw Error(ErrorCode::Unsupported,
              fmt::format("no {} tensors here: {}", backend.names().title, backend.unavailable()));
}

void synchronize(const Stream& stream) { memory_of(stream.device).synchronize(stream.device, stream.native); }

void order(const Stream& earlier, const Stream& later) {
  if (earlier.device == later.device && earlier.native == later.native) return;
  Memory& memory = memory_of(earlier.device);
  if (const std::shared_ptr<void> mark = memory.record(earlier.device, earlier.native))
    memory_of(later.device).wait(later.device, later.native, mark);
}

}  // namespace faltung

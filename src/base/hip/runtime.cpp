#include "base/hip/runtime.h"

#include <fmt/format.h>

#include "base/never_destroyed.h"
#include "base/open_library.h"
#include "faltung/error.h"

namespace faltung::hip {
namespace {

struct Opened {
  Runtime functions{};
  std::string missing;

  // The sonames of ROCm 7, 6 and 5, and the name that PyTorch's packages have. MIOpen finds the one that is open here.
  Opened() {
    OpenedLibrary library =
        open_library({"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"}, "FALTUNG_HIP");
    missing = std::move(library.missing);
    if (!library.handle) return;
    Symbols symbols(library.handle);
    take(symbols);
    if (!symbols.missing().empty()) missing = fmt::format("{} has no {}", library.where, symbols.missing());
  }

  void take(Symbols& symbols) {
    Runtime& f = functions;
    symbols.take("hipRuntimeGetVersion", f.runtime_version);
    symbols.take("hipDriverGetVersion", f.driver_version);
    symbols.take("hipGetDeviceCount", f.device_count);
    symbols.take("hipDeviceGetName", f.device_name);
    symbols.take("hipDeviceGetAttribute", f.device_attribute);
    symbols.take("hipGetDevice", f.get_device);
    symbols.take("hipSetDevice", f.set_device);
    symbols.take("hipMalloc", f.malloc);
    symbols.take("hipFree", f.free);
    symbols.take("hipMemGetInfo", f.memory_info);
    symbols.take("hipMemcpyAsync", f.copy);
    symbols.take("hipMemcpy2DAsync", f.copy_rows);
    symbols.take("hipMemsetAsync", f.set_bytes);
    symbols.take("hipStreamSynchronize", f.synchronize);
    symbols.take("hipEventCreateWithFlags", f.create_event);
    symbols.take("hipEventDestroy", f.destroy_event);
    symbols.take("hipEventRecord", f.record_event);
    symbols.take("hipStreamWaitEvent", f.wait_event);
    symbols.take("hipGetLastError", f.last_error);
    symbols.take("hipGetErrorString", f.error_string);
  }
};

const Opened& opened() {
  static const NeverDestroyed<Opened> once;
  return *once;
}

}  // namespace

std::string_view runtime_missing() { return opened().missing; }

const Runtime& runtime() {
  if (!opened().missing.empty()) throw Error(ErrorCode::Unsupported, opened().missing);
  return opened().functions;
}

void fail(Status status, const char* what) {
  runtime().last_error();  // clears it, so that the next call does not report it again
  throw Error(status == Status::out_of_memory ? ErrorCode::OutOfMemory : ErrorCode::EngineFailure,
              fmt::format("{}: {} (HIP error {})", what, runtime().error_string(status), static_cast<int>(status)));
}

}  // namespace faltung::hip

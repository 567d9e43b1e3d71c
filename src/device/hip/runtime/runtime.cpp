#include "device/hip/runtime/runtime.h"

#include <fmt/format.h>

#include "base/never_destroyed.h"
#include "base/open_library.h"
#include "faltung/error.h"

namespace faltung::hip {
namespace {

// In the order of Runtime.
constexpr const char* names =
    "hipRuntimeGetVersion\0"
    "hipDriverGetVersion\0"
    "hipGetDeviceCount\0"
    "hipDeviceGetName\0"
    "hipDeviceGetAttribute\0"
    "hipGetDevice\0"
    "hipSetDevice\0"
    "hipMalloc\0"
    "hipFree\0"
    "hipMemGetInfo\0"
    "hipMemcpyAsync\0"
    "hipMemcpy2DAsync\0"
    "hipMemsetAsync\0"
    "hipStreamCreateWithFlags\0"
    "hipStreamDestroy\0"
    "hipStreamSynchronize\0"
    "hipEventCreateWithFlags\0"
    "hipEventDestroy\0"
    "hipEventRecord\0"
    "hipStreamWaitEvent\0"
    "hipGetLastError\0"
    "hipGetErrorString\0";

struct Opened {
  Runtime functions{};
  std::string missing;

  // The sonames of ROCm 7, 6 and 5, and the name that PyTorch's packages have. MIOpen finds the one that is open here.
  Opened() {
    OpenedLibrary library =
        open_library({"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"}, "FALTUNG_HIP");
    missing = std::move(library.missing);
    if (!library.handle) return;
    functions = take_functions<Runtime>(library.handle, names, missing);
    if (!missing.empty()) missing = fmt::format("{} has no {}", library.where, missing);
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

#include "engines/cuda/cublaslt/library.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "base/library_places.h"
#include "base/never_destroyed.h"
#include "device/cuda/runtime/capture.h"
#include "faltung/error.h"

namespace faltung::cuda_cublaslt {
namespace {

std::atomic<bool> closing = false;

// Python's package for CUDA 13 holds all libraries, that for CUDA 12 cuBLAS only.
OpenedLibrary open() {
  return open_nvidia_library({fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR),
                              "FALTUNG_CUBLASLT",
                              {fmt::format("cu{}/lib", CUBLAS_VER_MAJOR), "cublas/lib"}});
}

struct State {
  Library functions;
  std::string missing;

  State() {
    OpenedLibrary opened = open();
    missing = std::move(opened.missing);
    if (!opened.handle) return;
    functions.where = std::move(opened.where);
    take_all(Symbols(opened.handle));
    if (!missing.empty()) return;
    functions.version = functions.get_version();
    if (functions.version / 10000 != CUBLAS_VER_MAJOR)
      missing = fmt::format("{} is of version {}, not {}", functions.where, functions.version, CUBLAS_VER_MAJOR);
    // Registered after cuBLASLt's own handlers, so it runs before them.
    std::atexit([] { closing = true; });
  }

  void take_all(Symbols symbols) {
    Library& f = functions;
    symbols.take(f.get_version, "cublasLtGetVersion");
    symbols.take(f.status_text, "cublasLtGetStatusString");
    symbols.take(f.create_handle, "cublasLtCreate");
    symbols.take(f.matmul, "cublasLtMatmul");
    symbols.take(f.init_product, "cublasLtMatmulDescInit_internal");
    symbols.take(f.set_product, "cublasLtMatmulDescSetAttribute");
    symbols.take(f.init_layout, "cublasLtMatrixLayoutInit_internal");
    symbols.take(f.set_layout, "cublasLtMatrixLayoutSetAttribute");
    symbols.take(f.init_preference, "cublasLtMatmulPreferenceInit_internal");
    symbols.take(f.set_preference, "cublasLtMatmulPreferenceSetAttribute");
    symbols.take(f.suggest, "cublasLtMatmulAlgoGetHeuristic");
    symbols.take(f.init_algorithm, "cublasLtMatmulAlgoInit");
    symbols.take(f.check_algorithm, "cublasLtMatmulAlgoCheck");
    symbols.take(f.get_setting, "cublasLtMatmulAlgoConfigGetAttribute");
    symbols.take(f.set_setting, "cublasLtMatmulAlgoConfigSetAttribute");
    symbols.take(f.get_capability, "cublasLtMatmulAlgoCapGetAttribute");
    if (!symbols.missing().empty()) missing = fmt::format("{} has no {}", f.where, symbols.missing());
  }
};

// Never destroyed: plans may outlive all static objects.
const State& state() {
  static const State* const opened = new State;
  return *opened;
}

class Handles {
 public:
  cublasLtHandle_t of(int device) {
    const std::lock_guard lock(mutex_);
    const auto at = static_cast<std::size_t>(device);
    if (all_.size() <= at) all_.resize(at + 1);
    if (!all_[at]) all_[at] = create();
    return all_[at];
  }

 private:
  static cublasLtHandle_t create() {
    cublasLtHandle_t handle = nullptr;
    const cuda::CaptureAllowsAll guard;  // creating a handle allocates device memory
    check(cublaslt().create_handle(&handle), "cublasLtCreate");
    return handle;
  }

  std::mutex mutex_;
  std::vector<cublasLtHandle_t> all_;  // by device
};

}  // namespace

std::string_view library_missing() {
  return state().missing.empty() && closing ? "the program is ending" : std::string_view(state().missing);
}
const Library& cublaslt() { return state().functions; }
bool is_closing() noexcept { return closing; }

cublasLtHandle_t handle_of(int device) {
  static NeverDestroyed<Handles> handles;
  return (*handles).of(device);
}

void fail(cublasStatus_t status, const char* what) {
  const bool memory = status == CUBLAS_STATUS_ALLOC_FAILED;
  const bool unsupported = status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_ARCH_MISMATCH;
  throw Error(memory        ? ErrorCode::OutOfMemory
              : unsupported ? ErrorCode::Unsupported
                            : ErrorCode::EngineFailure,
              fmt::format("{}: {}", what, cublaslt().status_text(status)));
}

}  // namespace faltung::cuda_cublaslt

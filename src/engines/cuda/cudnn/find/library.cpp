#include "engines/cuda/cudnn/find/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>

#include "base/library_places.h"
#include "engines/cuda/cudnn/find/companions.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {
namespace {

std::atomic<bool> closing = false;

// Opens the libraries that cuDNN would later look up by name: dlopen() finds libraries that are already loaded.
void open_companions(const std::string& file) {
  for (const std::string& companion : companions_of(file)) dlopen(companion.c_str(), RTLD_LAZY | RTLD_GLOBAL);
}

OpenedLibrary open() { return open_nvidia_library({"libcudnn.so.9", "FALTUNG_CUDNN", {"cudnn/lib"}}, open_companions); }

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
    if (functions.version / 10000 != 9)
      missing = fmt::format("{} is of version {}, not 9", functions.where, functions.version);
    // Registered after cuDNN's own handlers, so it runs before them.
    std::atexit([] { closing = true; });
  }

  void take_all(Symbols symbols) {
    Library& f = functions;
    symbols.take(f.get_version, "cudnnGetVersion");
    symbols.take(f.error_string, "cudnnGetErrorString");
    symbols.take(f.last_error_string, "cudnnGetLastErrorString");
    symbols.take(f.create_handle, "cudnnCreate");
    symbols.take(f.destroy_handle, "cudnnDestroy");
    symbols.take(f.set_stream, "cudnnSetStream");
    symbols.take(f.create, "cudnnBackendCreateDescriptor");
    symbols.take(f.destroy, "cudnnBackendDestroyDescriptor");
    symbols.take(f.set, "cudnnBackendSetAttribute");
    symbols.take(f.get, "cudnnBackendGetAttribute");
    symbols.take(f.finalize, "cudnnBackendFinalize");
    symbols.take(f.execute, "cudnnBackendExecute");
    if (!symbols.missing().empty()) missing = fmt::format("{} has no {}", f.where, symbols.missing());
  }
};

// Never destroyed: plans may outlive all static objects.
const State& state() {
  static const State* const opened = new State;
  return *opened;
}

}  // namespace

const Library* library() { return state().missing.empty() ? &state().functions : nullptr; }
std::string_view library_missing() { return state().missing; }
const Library& cudnn() { return state().functions; }
bool is_closing() noexcept { return closing; }

void fail(cudnnStatus_t status, const char* what) {
  char words[512] = "";
  cudnn().last_error_string(words, sizeof words);
  const std::string text = fmt::format("{}: {}{}{}", what, cudnn().error_string(status), *words ? ": " : "", words);
  const bool memory = status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
                      status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
  const bool unsupported = CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED;
  throw Error(memory ? ErrorCode::OutOfMemory : unsupported ? ErrorCode::Unsupported : ErrorCode::EngineFailure, text);
}

}  // namespace faltung::cuda_cudnn

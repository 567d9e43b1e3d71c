// cuDNN's functions, from the library opened on first use. Nothing links against it.
#pragma once

#include <cudnn.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace faltung::cuda_cudnn {

struct Library {
  decltype(&cudnnGetVersion) get_version = nullptr;
  decltype(&cudnnGetErrorString) error_string = nullptr;
  decltype(&cudnnGetLastErrorString) last_error_string = nullptr;
  decltype(&cudnnCreate) create_handle = nullptr;
  decltype(&cudnnDestroy) destroy_handle = nullptr;
  decltype(&cudnnSetStream) set_stream = nullptr;
  decltype(&cudnnBackendCreateDescriptor) create = nullptr;
  decltype(&cudnnBackendDestroyDescriptor) destroy = nullptr;
  decltype(&cudnnBackendSetAttribute) set = nullptr;
  decltype(&cudnnBackendGetAttribute) get = nullptr;
  decltype(&cudnnBackendFinalize) finalize = nullptr;
  decltype(&cudnnBackendExecute) execute = nullptr;
  std::size_t version = 0;  // 91900: 9.19.0
  std::string where;        // path of the opened library
};

// Null if there is none; then library_missing() gives the reason. Opened once, never closed.
const Library* library();
std::string_view library_missing();

// Call only after library() returned non-null.
const Library& cudnn();

// The program is ending and cuDNN's own data may be gone; its objects are then left to the system.
bool is_closing() noexcept;

// Throws Unsupported, OutOfMemory or EngineFailure with `what` (the failed action) and cuDNN's name and text of the
// error.
[[gnu::cold, noreturn]] void fail(cudnnStatus_t status, const char* what);

inline void check(cudnnStatus_t status, const char* what) {
  if (status != CUDNN_STATUS_SUCCESS) [[unlikely]]
    fail(status, what);
}

}  // namespace faltung::cuda_cudnn

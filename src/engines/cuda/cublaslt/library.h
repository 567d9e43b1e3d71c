// cuBLASLt's functions, from the library opened on first use. Nothing links against it.
#pragma once

#include <cublasLt.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace faltung::cuda_cublaslt {

struct Library {
  decltype(&cublasLtGetVersion) get_version = nullptr;
  decltype(&cublasLtGetStatusString) status_text = nullptr;
  decltype(&cublasLtCreate) create_handle = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;
  decltype(&cublasLtMatmulDescInit_internal) init_product = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) set_product = nullptr;
  decltype(&cublasLtMatrixLayoutInit_internal) init_layout = nullptr;
  decltype(&cublasLtMatrixLayoutSetAttribute) set_layout = nullptr;
  decltype(&cublasLtMatmulPreferenceInit_internal) init_preference = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) suggest = nullptr;
  decltype(&cublasLtMatmulAlgoInit) init_algorithm = nullptr;
  decltype(&cublasLtMatmulAlgoCheck) check_algorithm = nullptr;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) get_setting = nullptr;
  decltype(&cublasLtMatmulAlgoConfigSetAttribute) set_setting = nullptr;
  decltype(&cublasLtMatmulAlgoCapGetAttribute) get_capability = nullptr;
  std::size_t version = 0;  // 130100: 13.1.0
  std::string where;        // path of the opened library
};

// The reason why there is no library; empty if there is one. Opened once, never closed.
std::string_view library_missing();

// Call only if none is missing.
const Library& cublaslt();

// The handle of the current device, which is `device`; any thread may use it. Made once, never destroyed.
cublasLtHandle_t handle_of(int device);

// The program is ending and cuBLASLt's own data may be gone.
bool is_closing() noexcept;

// Throws Unsupported, OutOfMemory or EngineFailure with `what` (the failed action) and cuBLAS's text of the error.
[[gnu::cold, noreturn]] void fail(cublasStatus_t status, const char* what);

inline void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) [[unlikely]]
    fail(status, what);
}

}  // namespace faltung::cuda_cublaslt

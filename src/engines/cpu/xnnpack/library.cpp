#include "engines/cpu/xnnpack/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "base/never_destroyed.h"
#include "base/open_library.h"
#include "faltung/error.h"

namespace faltung::cpu_xnnpack {
namespace {

// In the order of Functions.
constexpr const char* names =
    "xnn_initialize\0"
    "xnn_create_convolution2d_nhwc_f32\0"
    "xnn_setup_convolution2d_nhwc_f32\0"
    "xnn_run_operator\0"
    "xnn_delete_operator\0";

// The same names have other arguments in libraries that have one of these.
bool is_newer(void* library) {
  for (const char* name : {"xnn_reshape_convolution2d_nhwc_f32", "xnn_create_weights_cache", "xnn_init_weights_cache",
                           "xnn_init_code_cache"})
    if (dlsym(library, name)) return true;
  return false;
}

std::string fault_of(void* library, const Functions& functions, const std::string& absent) {
  if (!absent.empty()) return fmt::format("has no {}", absent);
  if (is_newer(library)) return "has a newer interface than that of 2022";
  if (functions.initialize(nullptr) != Status::success) return "does not know this processor";
  return {};
}

Opened open() {
  Opened result;
  const char* named = std::getenv("FALTUNG_XNNPACK");
  if (!named || !*named) {
    result.missing = "FALTUNG_XNNPACK names no library: it is opened only where one is asked for";
    return result;
  }
  result.where = named;
  OpenedLibrary library = open_library({named}, "FALTUNG_XNNPACK");
  result.missing = std::move(library.missing);
  if (!library.handle) return result;
  std::string absent;
  result.functions = take_functions<Functions>(library.handle, names, absent);
  if (const std::string fault = fault_of(library.handle, result.functions, absent); !fault.empty())
    result.missing = fmt::format("{} {}", result.where, fault);
  return result;
}

}  // namespace

const Opened& opened() {
  static const NeverDestroyed<Opened> once(open());  // plans may outlive all static objects
  return *once;
}

void check(Status status, const char* what) {
  if (status == Status::success) return;
  const bool refused = status == Status::unsupported_parameter || status == Status::unsupported_hardware;
  throw Error(status == Status::out_of_memory ? ErrorCode::OutOfMemory
              : refused                       ? ErrorCode::Unsupported
                                              : ErrorCode::EngineFailure,
              fmt::format("XNNPACK could not {} (status {})", what, static_cast<int>(status)));
}

}  // namespace faltung::cpu_xnnpack

// The functions of the HIP runtime that are used here, from libamdhip64.so, opened on first use. Nothing links against
// it and no header of ROCm is needed: what is declared are facts of its C interface.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faltung::hip {

enum class Status : int { success = 0, out_of_memory = 2 };
enum class CopyKind : int { to_device = 1, to_host = 2, on_device = 3 };
enum class Attribute : int {
  clock_kilohertz = 5,
  l2_bytes = 19,
  major = 23,
  memory_bus_bits = 59,
  memory_kilohertz = 60,
  minor = 61,
  multiprocessors = 63,
  block_shared_bytes = 74,
  multiprocessor_shared_bytes = 10002,
};

// Nothing but functions, in the order of their names in runtime.cpp.
struct Runtime {
  Status (*runtime_version)(int* version);
  Status (*driver_version)(int* version);
  Status (*device_count)(int* count);
  Status (*device_name)(char* name, int length, int index);
  Status (*device_attribute)(int* value, Attribute which, int index);
  Status (*get_device)(int* index);
  Status (*set_device)(int index);
  Status (*malloc)(void** pointer, std::size_t bytes);
  Status (*free)(void* pointer);
  Status (*memory_info)(std::size_t* free, std::size_t* total);
  Status (*copy)(void* to, const void* from, std::size_t bytes, CopyKind kind, void* stream);
  Status (*copy_rows)(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch, std::size_t width,
                      std::size_t height, CopyKind kind, void* stream);
  Status (*set_bytes)(void* to, int value, std::size_t bytes, void* stream);
  Status (*create_stream)(void** stream, unsigned flags);
  Status (*destroy_stream)(void* stream);
  Status (*synchronize)(void* stream);
  Status (*create_event)(void** event, unsigned flags);
  Status (*destroy_event)(void* event);
  Status (*record_event)(void* event, void* stream);
  Status (*wait_event)(void* stream, void* event, unsigned flags);
  Status (*last_error)();
  const char* (*error_string)(Status status);
};

// Opened once, never closed. Throws Unsupported with the reason where it is missing.
const Runtime& runtime();
std::string_view runtime_missing();  // the reason; empty if it was opened

// Throws OutOfMemory or EngineFailure with `what` (the failed action) and HIP's text of the error.
[[gnu::cold, noreturn]] void fail(Status status, const char* what);

inline void check(Status status, const char* what) {
  if (status != Status::success) [[unlikely]]
    fail(status, what);
}

}  // namespace faltung::hip

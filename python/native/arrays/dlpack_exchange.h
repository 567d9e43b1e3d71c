// What DLPack 1.3 adds to the header that distributions ship (0.6): tensors with a version and flags, and the table of
// functions that a tensor type offers as `__dlpack_c_exchange_api__`. Layouts as in dlpack.h of
// https://github.com/dmlc/dlpack; names of our own, so that a newer dlpack.h may stand beside them.
#pragma once

#include <dlpack/dlpack.h>

#include <cstdint>

namespace faltung::python {

struct DLVersion {
  std::uint32_t major, minor;
};

constexpr std::uint64_t dlpack_read_only = 1;

struct VersionedTensor {
  DLVersion version;
  void* manager_ctx;
  void (*deleter)(VersionedTensor* self);
  std::uint64_t flags;
  DLTensor dl_tensor;
};

// Functions return 0, or -1 with a Python exception set. None of them waits for a stream.
struct ExchangeApi {
  DLVersion version;
  ExchangeApi* previous;  // of an older major version
  int (*allocate)(DLTensor* prototype, VersionedTensor** out, void* error_context,
                  void (*set_error)(void* error_context, const char* kind, const char* message));
  int (*tensor_from_object)(void* object, VersionedTensor** out);
  int (*object_from_tensor)(VersionedTensor* tensor, void** object);  // takes the tensor over
  int (*view_from_object)(void* object, DLTensor* out);               // lives as long as the object; may be null
  int (*current_stream)(std::int32_t device_type, std::int32_t device_id, void** stream);
};

inline constexpr const char* exchange_attribute = "__dlpack_c_exchange_api__";
inline constexpr const char* exchange_capsule = "dlpack_exchange_api";

}  // namespace faltung::python

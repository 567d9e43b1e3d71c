// XLA's interface for functions that its programs call, as far as the convolution's handler needs it. Layouts as in
// xla/ffi/api/c_api.h of https://github.com/openxla/xla, which come with jaxlib (tests/xla/ffi_layout.cpp compares
// them); declared here, so that neither building nor installing needs jaxlib.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faltung::python::xla {

// Those of jaxlib 0.10. A runtime refuses a handler whose version it no longer supports, at least a year later.
constexpr int major_version = 0, minor_version = 3;

enum class ExtensionType : std::int32_t { metadata = 1 };
enum class Stage : std::int32_t { instantiate, prepare, initialize, execute };
enum class AttributeType : std::int32_t { array = 1, dictionary, scalar, string };
enum class ErrorType : std::int32_t { invalid_argument = 3, resource_exhausted = 8, unimplemented = 12, internal = 13 };
enum class ElementType : std::int32_t {
  pred = 1,
  s8,
  s16,
  s32,
  s64,
  u8,
  f16 = 10,
  f32,
  f64,
  c64 = 15,
  bf16,
  c128 = 18
};

struct Extension {
  std::size_t struct_size;
  ExtensionType type;
  Extension* next;
};

struct Version {
  std::size_t struct_size;
  Extension* extensions;
  int major, minor;
};

struct Metadata {
  std::size_t struct_size;
  Version version;
  std::uint32_t traits;
};

struct MetadataExtension {
  Extension base;
  Metadata* metadata;
};

struct Buffer {
  std::size_t struct_size;
  Extension* extensions;
  ElementType type;
  void* data;
  std::int64_t rank;
  std::int64_t* extents;  // dense, the last axis is the innermost
};

// Of arguments and of results; there are no kinds but buffers.
struct Buffers {
  std::size_t struct_size;
  Extension* extensions;
  std::int64_t size;
  std::int32_t* types;
  Buffer** buffers;
};

struct Bytes {
  const char* data;
  std::size_t size;
};

struct Attributes {
  std::size_t struct_size;
  Extension* extensions;
  std::int64_t size;
  AttributeType* types;
  Bytes** names;
  void** values;  // of a string: Bytes
};

struct Error;  // the runtime's

struct ErrorArguments {
  std::size_t struct_size;
  Extension* extensions;
  const char* message;
  ErrorType type;
};

struct Runtime {
  std::size_t struct_size;
  Extension* extensions;
  Version version;
  const void* internal;
  Error* (*create_error)(ErrorArguments* arguments);
};

struct Call {
  std::size_t struct_size;
  Extension* extensions;
  const Runtime* runtime;
  void* context;
  Stage stage;
  Buffers arguments, results;
  Attributes attributes;
};

using Handler = Error*(Call* call);

}  // namespace faltung::python::xla

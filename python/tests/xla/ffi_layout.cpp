// The layouts of xla/ffi.h are those of jaxlib's header.
#include <xla/ffi/api/c_api.h>

#include "xla/ffi.h"

namespace faltung::python::xla {

static_assert(major_version == XLA_FFI_API_MAJOR && minor_version <= XLA_FFI_API_MINOR);

static_assert(offsetof(Extension, type) == offsetof(XLA_FFI_Extension_Base, type));
static_assert(offsetof(Extension, next) == offsetof(XLA_FFI_Extension_Base, next));
static_assert(static_cast<int>(ExtensionType::metadata) == XLA_FFI_Extension_Metadata);

static_assert(sizeof(Version) == sizeof(XLA_FFI_Api_Version));
static_assert(offsetof(Version, major) == offsetof(XLA_FFI_Api_Version, major_version));
static_assert(offsetof(Version, minor) == offsetof(XLA_FFI_Api_Version, minor_version));
static_assert(offsetof(Metadata, version) == offsetof(XLA_FFI_Metadata, api_version));
static_assert(offsetof(Metadata, traits) == offsetof(XLA_FFI_Metadata, traits));
static_assert(offsetof(MetadataExtension, metadata) == offsetof(XLA_FFI_Metadata_Extension, metadata));

static_assert(offsetof(Buffer, type) == offsetof(XLA_FFI_Buffer, dtype));
static_assert(offsetof(Buffer, data) == offsetof(XLA_FFI_Buffer, data));
static_assert(offsetof(Buffer, rank) == offsetof(XLA_FFI_Buffer, rank));
static_assert(offsetof(Buffer, extents) == offsetof(XLA_FFI_Buffer, dims));
static_assert(sizeof(ElementType) == sizeof(XLA_FFI_DataType));
static_assert(static_cast<int>(ElementType::s8) == XLA_FFI_DataType_S8);
static_assert(static_cast<int>(ElementType::s32) == XLA_FFI_DataType_S32);
static_assert(static_cast<int>(ElementType::s64) == XLA_FFI_DataType_S64);
static_assert(static_cast<int>(ElementType::f16) == XLA_FFI_DataType_F16);
static_assert(static_cast<int>(ElementType::f32) == XLA_FFI_DataType_F32);
static_assert(static_cast<int>(ElementType::f64) == XLA_FFI_DataType_F64);
static_assert(static_cast<int>(ElementType::bf16) == XLA_FFI_DataType_BF16);
static_assert(static_cast<int>(ElementType::c64) == XLA_FFI_DataType_C64);
static_assert(static_cast<int>(ElementType::c128) == XLA_FFI_DataType_C128);

static_assert(sizeof(Buffers) == sizeof(XLA_FFI_Args) && sizeof(Buffers) == sizeof(XLA_FFI_Rets));
static_assert(offsetof(Buffers, size) == offsetof(XLA_FFI_Args, size));
static_assert(offsetof(Buffers, buffers) == offsetof(XLA_FFI_Args, args));
static_assert(offsetof(Buffers, buffers) == offsetof(XLA_FFI_Rets, rets));
static_assert(sizeof(Attributes) == sizeof(XLA_FFI_Attrs));
static_assert(offsetof(Attributes, types) == offsetof(XLA_FFI_Attrs, types));
static_assert(offsetof(Attributes, names) == offsetof(XLA_FFI_Attrs, names));
static_assert(offsetof(Attributes, values) == offsetof(XLA_FFI_Attrs, attrs));
static_assert(sizeof(AttributeType) == sizeof(XLA_FFI_AttrType));
static_assert(static_cast<int>(AttributeType::string) == XLA_FFI_AttrType_STRING);
static_assert(offsetof(Bytes, size) == offsetof(XLA_FFI_ByteSpan, len));

static_assert(offsetof(ErrorArguments, message) == offsetof(XLA_FFI_Error_Create_Args, message));
static_assert(offsetof(ErrorArguments, type) == offsetof(XLA_FFI_Error_Create_Args, errc));
static_assert(static_cast<int>(ErrorType::invalid_argument) == XLA_FFI_Error_Code_INVALID_ARGUMENT);
static_assert(static_cast<int>(ErrorType::resource_exhausted) == XLA_FFI_Error_Code_RESOURCE_EXHAUSTED);
static_assert(static_cast<int>(ErrorType::unimplemented) == XLA_FFI_Error_Code_UNIMPLEMENTED);
static_assert(static_cast<int>(ErrorType::internal) == XLA_FFI_Error_Code_INTERNAL);
static_assert(offsetof(Runtime, create_error) == offsetof(XLA_FFI_Api, XLA_FFI_Error_Create));

static_assert(offsetof(Call, runtime) == offsetof(XLA_FFI_CallFrame, api));
static_assert(offsetof(Call, stage) == offsetof(XLA_FFI_CallFrame, stage));
static_assert(offsetof(Call, arguments) == offsetof(XLA_FFI_CallFrame, args));
static_assert(offsetof(Call, results) == offsetof(XLA_FFI_CallFrame, rets));
static_assert(offsetof(Call, attributes) == offsetof(XLA_FFI_CallFrame, attrs));
static_assert(static_cast<int>(Stage::execute) == XLA_FFI_ExecutionStage_EXECUTE);

}  // namespace faltung::python::xla

// The part of oneDNN's C interface that is used, as it has been since 3.0. Declared here, so that nothing has to be
// installed to build; https://uxlfoundation.github.io/oneDNN is its documentation. The names are its own without dnnl_.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faltung::cpu_onednn {

constexpr int most_dims = 12;
using DimsArray = std::int64_t[most_dims];

// Objects behind pointers. A primitive descriptor (PrimitiveDesc) is one of the library's implementations for one
// operation, a Primitive is its code.
struct EngineObject;
struct StreamObject;
struct MemoryDescObject;
struct MemoryObject;
struct PrimitiveDescObject;
struct PrimitiveObject;
struct AttrObject;
struct PostOpsObject;

enum class Status : int { success = 0, out_of_memory = 1, invalid_arguments = 2, unimplemented = 3, runtime_error = 5 };
enum class DataType : int { undefined = 0, f16 = 1, bf16 = 2, f32 = 3, s32 = 4, s8 = 5, u8 = 6 };
enum class EngineKind : int { cpu = 1 };
enum class FormatTag : int { any = 1 };
enum class PropKind : int { forward_inference = 96 };
enum class Algorithm : int {
  convolution_direct = 0x1,
  deconvolution_direct = 0xa,
  relu = 0x20,
  tanh = 0x21,
  swish = 0x2c
};
enum class ScratchpadMode : int { user = 1 };
enum class FpmathMode : int { strict = 0 };
enum class Query : int { impl_info_str = 8, scratchpad_md = 136, exec_arg_md = 255 };
enum class CpuIsa : int { sse41 = 0x1, avx2 = 0x7 };
constexpr unsigned in_order = 1;  // of a stream

// Names of arguments of an execution.
enum class Argument : int {
  src = 1,
  dst = 17,
  weights = 33,
  bias = 41,
  scratchpad = 80,
  diff_src = 129,
  diff_dst = 145,
  diff_weights = 161,
  scales_of_weights = 4096 | weights,
  zero_point_of_src = 8192 | src,
  zero_point_of_dst = 8192 | dst
};

struct ExecArg {
  Argument name;
  MemoryObject* memory;
};

// What runs the library's threads.
namespace runtime {
constexpr unsigned sequential = 1, openmp = 2, tbb = 4, threadpool = 8, sycl = 512;
}

struct Version {
  int major, minor, patch;
  const char* hash;
  unsigned cpu_runtime, gpu_runtime;
};

// Functions that end with a status; null objects stand for what is left out.
struct Functions {
  const Version* (*version)();
  Status (*set_max_cpu_isa)(CpuIsa);

  Status (*engine_create)(EngineObject**, EngineKind, std::size_t index);
  Status (*stream_create)(StreamObject**, EngineObject*, unsigned flags);
  Status (*stream_destroy)(StreamObject*);

  Status (*memory_desc_create_with_strides)(MemoryDescObject**, int dims, const DimsArray extents, DataType,
                                            const DimsArray strides);
  Status (*memory_desc_create_with_tag)(MemoryDescObject**, int dims, const DimsArray extents, DataType, FormatTag);
  Status (*memory_desc_clone)(MemoryDescObject**, const MemoryDescObject*);
  Status (*memory_desc_destroy)(MemoryDescObject*);
  int (*memory_desc_equal)(const MemoryDescObject*, const MemoryDescObject*);
  std::size_t (*memory_desc_get_size)(const MemoryDescObject*);
  Status (*memory_create)(MemoryObject**, const MemoryDescObject*, EngineObject*, void* handle);
  Status (*memory_destroy)(MemoryObject*);
  Status (*memory_set_data_handle)(MemoryObject*, void* handle);

  Status (*post_ops_create)(PostOpsObject**);
  Status (*post_ops_destroy)(PostOpsObject*);
  Status (*post_ops_append_sum)(PostOpsObject*, float scale, std::int32_t zero_point, DataType);
  Status (*post_ops_append_eltwise)(PostOpsObject*, Algorithm, float alpha, float beta);
  Status (*primitive_attr_create)(AttrObject**);
  Status (*primitive_attr_destroy)(AttrObject*);
  Status (*primitive_attr_set_scratchpad_mode)(AttrObject*, ScratchpadMode);
  Status (*primitive_attr_set_fpmath_mode)(AttrObject*, FpmathMode);
  Status (*primitive_attr_set_post_ops)(AttrObject*, const PostOpsObject*);
  // The values are arguments of an execution; bits of the mask are dimensions along which they differ.
  Status (*primitive_attr_set_scales_mask)(AttrObject*, Argument, int mask);
  Status (*primitive_attr_set_zero_points_mask)(AttrObject*, Argument, int mask);

  // Convolutions are given: source, weights, bias, destination, strides, dilations (from 0), low and high padding.
  using Forward = Status (*)(PrimitiveDescObject**, EngineObject*, PropKind, Algorithm, const MemoryDescObject*,
                             const MemoryDescObject*, const MemoryDescObject*, const MemoryDescObject*, const DimsArray,
                             const DimsArray, const DimsArray, const DimsArray, const AttrObject*);
  Forward convolution_forward_primitive_desc_create, deconvolution_forward_primitive_desc_create;
  Status (*convolution_backward_data_primitive_desc_create)(PrimitiveDescObject**, EngineObject*, Algorithm,
                                                            const MemoryDescObject*, const MemoryDescObject*,
                                                            const MemoryDescObject*, const DimsArray, const DimsArray,
                                                            const DimsArray, const DimsArray,
                                                            const PrimitiveDescObject* hint, const AttrObject*);
  Status (*convolution_backward_weights_primitive_desc_create)(PrimitiveDescObject**, EngineObject*, Algorithm,
                                                               const MemoryDescObject*, const MemoryDescObject*,
                                                               const MemoryDescObject*, const MemoryDescObject*,
                                                               const DimsArray, const DimsArray, const DimsArray,
                                                               const DimsArray, const PrimitiveDescObject* hint,
                                                               const AttrObject*);
  Status (*reorder_primitive_desc_create)(PrimitiveDescObject**, const MemoryDescObject*, EngineObject*,
                                          const MemoryDescObject*, EngineObject*, const AttrObject*);
  Status (*primitive_desc_query)(const PrimitiveDescObject*, Query, int index, void* result);
  const MemoryDescObject* (*primitive_desc_query_md)(const PrimitiveDescObject*, Query, int index);
  Status (*primitive_desc_destroy)(PrimitiveDescObject*);
  Status (*primitive_create)(PrimitiveObject**, const PrimitiveDescObject*);
  Status (*primitive_execute)(const PrimitiveObject*, StreamObject*, int arguments, const ExecArg*);
  Status (*primitive_destroy)(PrimitiveObject*);
};

// Of the OpenMP runtime that the library has loaded.
struct OpenMp {
  int (*get_max_threads)();
  void (*set_num_threads)(int);
  int (*in_parallel)();
  int (*get_dynamic)();
  int (*get_thread_limit)();
};

}  // namespace faltung::cpu_onednn

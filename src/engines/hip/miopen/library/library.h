// MIOpen's functions, from the library opened on first use. Nothing links against it and no header of ROCm is needed:
// what is declared are facts of its C interface (MIOpen 2 and 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "faltung/problem.h"

namespace faltung::hip_miopen {

enum class Status : int { success = 0, bad_parameter = 3, allocation_failed = 4, not_implemented = 6, unsupported = 8 };
enum class DataType : int { f16 = 0, f32 = 1, bf16 = 5 };
enum class Algorithm : int { gemm = 0, direct = 1, fft = 2, winograd = 3, implicit_gemm = 5 };
enum class Attribute : int { fp16_as_bf16 = 0, deterministic = 1 };
enum class ActivationMode : int { logistic = 1, tanh = 2, relu = 3, clipped_relu = 7 };

// Pointers to objects of the library.
using Handle = void*;
using Descriptor = void*;

// What Find measured of an algorithm.
struct Found {
  Algorithm algorithm;
  float milliseconds;
  std::size_t workspace_bytes;
};

// What the immediate mode offers.
struct Solution {
  float milliseconds;  // measured by Find or estimated
  std::size_t workspace_bytes;
  std::uint64_t id;
  Algorithm algorithm;
};

// The functions of a pass, alike in all three. a and b are read, c is written: Forward x w y, DataGrad dy w dx,
// WeightGrad dy x dw. But where solutions are concerned, and the workspace, Forward takes w before x.
struct PassCalls {
  Status (*workspace)(Handle, Descriptor a, Descriptor b, Descriptor convolution, Descriptor c, std::size_t* bytes);
  Status (*find)(Handle, Descriptor a, const void*, Descriptor b, const void*, Descriptor convolution, Descriptor c,
                 void*, int asked, int* returned, Found* found, void* workspace, std::size_t bytes, bool exhaustive);
  Status (*run)(Handle, const void* alpha, Descriptor a, const void*, Descriptor b, const void*, Descriptor convolution,
                Algorithm, const void* beta, Descriptor c, void*, void* workspace, std::size_t bytes);
  Status (*solution_count)(Handle, Descriptor a, Descriptor b, Descriptor convolution, Descriptor c, std::size_t*);
  Status (*solutions)(Handle, Descriptor a, Descriptor b, Descriptor convolution, Descriptor c, std::size_t most,
                      std::size_t* count, Solution*);
  Status (*solution_workspace)(Handle, Descriptor a, Descriptor b, Descriptor convolution, Descriptor c,
                               std::uint64_t id, std::size_t* bytes);
  Status (*compile)(Handle, Descriptor a, Descriptor b, Descriptor convolution, Descriptor c, std::uint64_t id);
  Status (*immediate)(Handle, Descriptor a, const void*, Descriptor b, const void*, Descriptor convolution,
                      Descriptor c, void*, void* workspace, std::size_t bytes, std::uint64_t id);
};

// Nothing but functions, in the order of their names in library.cpp.
struct Library {
  Status (*version)(std::size_t* major, std::size_t* minor, std::size_t* patch);
  const char* (*error_string)(Status);
  Status (*create_handle)(Handle*, void* stream);
  Status (*set_stream)(Handle, void* stream);

  Status (*create_tensor)(Descriptor*);
  Status (*set_tensor)(Descriptor, DataType, int rank, const int* sizes, const int* strides);
  Status (*destroy_tensor)(Descriptor);
  Status (*create_convolution)(Descriptor*);
  Status (*set_convolution)(Descriptor, int rank, const int* pads, const int* strides, const int* dilations, int mode);
  Status (*set_groups)(Descriptor, int count);
  Status (*set_attribute)(Descriptor, Attribute, int value);
  Status (*destroy_convolution)(Descriptor);
  std::array<PassCalls, 3> passes;  // by Pass

  Status (*create_activation)(Descriptor*);
  Status (*set_activation)(Descriptor, ActivationMode, double alpha, double beta, double gamma);
  Status (*activate)(Handle, Descriptor, const void* alpha, Descriptor x, const void*, const void* beta, Descriptor y,
                     void*);
  Status (*destroy_activation)(Descriptor);
  // c := op(alpha · a, second_alpha · b) + beta · c; 0 is the sum.
  Status (*tensor_operation)(Handle, int op, const void* alpha, Descriptor a, const void*, const void* second_alpha,
                             Descriptor b, const void*, const void* beta, Descriptor c, void*);

  Status (*create_fusion)(Descriptor*, int direction, Descriptor x);
  Status (*fuse_convolution)(Descriptor fusion, Descriptor* op, Descriptor convolution, Descriptor w);
  Status (*fuse_bias)(Descriptor fusion, Descriptor* op, Descriptor bias);
  Status (*fuse_activation)(Descriptor fusion, Descriptor* op, ActivationMode);
  Status (*compile_fusion)(Handle, Descriptor fusion);
  Status (*execute_fusion)(Handle, Descriptor fusion, Descriptor x, const void*, Descriptor y, void*, Descriptor args);
  Status (*destroy_fusion)(Descriptor);
  Status (*create_args)(Descriptor*);
  Status (*set_convolution_args)(Descriptor args, Descriptor op, const void* alpha, const void* beta, const void* w);
  Status (*set_bias_args)(Descriptor args, Descriptor op, const void* alpha, const void* beta, const void* bias);
  Status (*set_activation_args)(Descriptor args, Descriptor op, const void* alpha, const void* beta, double, double,
                                double);
  Status (*destroy_args)(Descriptor);
};

struct Opened {
  Library functions{};
  std::string version;      // "3.2.0"
  std::int64_t number = 0;  // version_number()
  std::string where, missing;
};

// Opened once, never closed. `missing`: why it cannot be used; empty if it can.
const Opened& opened();
inline const Library& miopen() { return opened().functions; }

// The program is ending and MIOpen's own data may be gone; its objects are then left to the system.
bool is_closing() noexcept;

std::string text_of(Status status);

// Throws Unsupported, OutOfMemory or EngineFailure with `what` (the failed action) and MIOpen's text of the error.
[[gnu::cold, noreturn]] void fail(Status status, const char* what);

inline void check(Status status, const char* what) {
  if (status != Status::success) [[unlikely]]
    fail(status, what);
}

}  // namespace faltung::hip_miopen

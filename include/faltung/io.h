// Array files: npy and safetensors, read and written. Input may be hostile: sizes and offsets are checked before
// anything is allocated, headers are capped, and every failure is an Error (Io, or InvalidArgument for bad content).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

// An array as a file describes it; its type and shape may be such as no tensor has.
struct StoredTensor {
  std::string type;                 // in the file's words: F32, F8_E4M3, <i2, …
  std::vector<std::int64_t> sizes;  // more than max_rank, perhaps
  std::int64_t bytes = 0;
};

// NumPy's .npy, versions 1 to 3; C or Fortran order, either byte order. f2 f4 f8 c8 c16 i1 u1 i4 i8 b1 are read as
// they are, or converted where a type is given; i2 u2 u4 u8, which no tensor has, only with one. bf16 has no npy type.
Tensor load_npy(const std::string& path, std::optional<DType> dtype = {});
Tensor parse_npy(std::span<const std::byte> bytes, std::optional<DType> dtype = {});
StoredTensor list_npy(const std::string& path);
StoredTensor list_npy(std::span<const std::byte> beginning);  // the elements may be missing
void save_npy(const std::string& path, const TensorView& tensor);
std::vector<std::byte> format_npy(const TensorView& tensor);

// safetensors: named tensors and a text-to-text metadata map. Complex tensors are stored as a last axis of two. F64 F32
// F16 BF16 C64 I64 I32 I8 U8 BOOL are read as they are, or converted where a type is given; I16 U16 U32 U64 F8_E4M3
// F8_E5M2 F8_E8M0, which no tensor has, only with one. These read every tensor, and refuse a file that holds others.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};
TensorFile load_safetensors(const std::string& path);
TensorFile parse_safetensors(std::span<const std::byte> bytes);

// One tensor, for no more memory and time than it and the header take, whatever else the file holds.
Tensor load_safetensors_tensor(const std::string& path, const std::string& name, std::optional<DType> dtype = {});
Tensor parse_safetensors_tensor(std::span<const std::byte> bytes, const std::string& name,
                                std::optional<DType> dtype = {});

// What a file holds; elements are not read.
struct FileContents {
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
};
FileContents list_safetensors(const std::string& path);
FileContents list_safetensors(std::span<const std::byte> bytes);

void save_safetensors(const std::string& path, const TensorFile& file);
std::vector<std::byte> format_safetensors(const TensorFile& file);

// How all of these, and Context::save_tuning, write: the file is replaced whole or, whatever fails and whichever signal
// ends the program, not at all. It keeps its owner and permissions, symbolic links are followed, and what is no file, a
// device or a pipe, is written to as it is. Throws Io.
void replace_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace faltung
#pragma GCC visibility pop

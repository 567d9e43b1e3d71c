// Arrays by file name, - being standard input or output, with one .npy: .npy, .npz and .safetensors, the latter two
// with many arrays, of which FILE:NAME takes one.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "faltung/io.h"

namespace faltung::cli {

// The name may be left out if the file holds one array; a type converts it. Throws UsageError for what the call could
// do better, Failure for files that cannot be read.
Tensor load_array(const std::string& place, std::optional<DType> dtype = {});

// Of bytes that were read already; `place` is for messages.
Tensor parse_array(const std::string& place, std::span<const std::byte> bytes, std::optional<DType> dtype);

// All arrays of a file; the name of an .npy's is empty. Throws as load_array.
FileContents list_arrays(const std::string& path);

// The kind follows from the suffix; the name defaults to "output". Replaces the file.
void save_array(const std::string& place, const TensorView& array);

// Throws UsageError unless the suffix is one of the three, or it is -.
void check_array_name(const std::string& place);
// The same, but sounds are read too, as (C, samples).
void check_array_input(const std::string& place);
// Throws UsageError if such a file has no elements of that type.
void check_array_type(const std::string& place, DType dtype);

// The path without a trailing :NAME.
std::string path_of_place(const std::string& place);

}  // namespace faltung::cli

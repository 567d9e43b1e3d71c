// NumPy's .npz: a zip archive of .npy files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "faltung/io.h"

namespace faltung::cli {

// Names without ".npy".
std::vector<std::string> npz_names(const std::string& path);

// The type of an array that cannot be described is the reason.
FileContents npz_contents(const std::string& path);

// The archive may be hostile: what an entry says of its size is checked against what its compressed bytes can hold, and
// no more than it said is ever unpacked. Throws Failure.
Tensor load_npz(const std::string& path, const std::string& name, std::optional<DType> dtype = {});
void save_npz(const std::string& path, const std::string& name, const TensorView& array);

}  // namespace faltung::cli

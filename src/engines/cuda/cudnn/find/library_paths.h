// Paths at which libcudnn may be installed. Needs neither cuDNN nor a GPU.
#pragma once

#include <string>
#include <vector>

#include "base/library_places.h"

namespace faltung::cuda_cudnn {

// Candidates in the order to try. If FALTUNG_CUDNN (a file or a folder) is set, only that. Else NVIDIA's Python
// packages of the virtual environment, beside the python3 in PATH, of the user and of the system; then the bare name
// (LD_LIBRARY_PATH and system folders); then the CUDA toolkit's folders.
std::vector<std::string> library_paths(const std::string& soname, const Environment& environment);

// Libraries that a Python package of cuDNN needs from sibling packages: cuBLAS and NVRTC.
std::vector<std::string> companions_of(const std::string& cudnn_file);

}  // namespace faltung::cuda_cudnn

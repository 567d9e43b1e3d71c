// What libcudnn needs from other packages. Needs neither cuDNN nor a GPU.
#pragma once

#include <string>
#include <vector>

namespace faltung::cuda_cudnn {

// Libraries that a Python package of cuDNN needs from sibling packages: cuBLAS and NVRTC.
std::vector<std::string> companions_of(const std::string& cudnn_file);

}  // namespace faltung::cuda_cudnn

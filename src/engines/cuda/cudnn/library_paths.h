// Where a machine keeps cuDNN. Needs neither cuDNN nor a GPU.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace faltung::cuda_cudnn {

// Values of environment variables, empty where unset; and the root of the file system, which tests replace.
struct Environment {
  std::function<std::string(const char*)> get;
  std::string root = "/";
};
Environment environment_of_process();

// What to try to open, in order. FALTUNG_CUDNN (a file or a folder) alone if it is set: whoever names one wants no
// other. Else NVIDIA's Python packages in the virtual environment, beside the python3 of the PATH, of the user and of
// the system, then the bare name (LD_LIBRARY_PATH and the system's folders), then the CUDA toolkit's folders.
std::vector<std::string> places_of_cudnn(const std::string& soname, const Environment& environment);

// Libraries that a Python package of cuDNN counts on and that lie in packages beside it: cuBLAS and NVRTC.
std::vector<std::string> companions_of(const std::string& cudnn_file);

}  // namespace faltung::cuda_cudnn

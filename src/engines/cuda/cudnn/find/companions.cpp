#include "engines/cuda/cudnn/find/companions.h"

#include "base/library_places.h"

namespace faltung::cuda_cudnn {

namespace fs = std::filesystem;

std::vector<std::string> companions_of(const std::string& cudnn_file) {
  std::vector<std::string> found;
  const fs::path package = fs::path(cudnn_file).parent_path().parent_path();
  if (package.filename() != "cudnn") return found;
  const fs::path nvidia = package.parent_path();
  for (const char* prefix : {"libnvrtc.so.", "libcublasLt.so.", "libcublas.so."})  // the last depends on the one before
    for (const char* folder : {"cuda_nvrtc/lib", "cublas/lib", "cu13/lib", "cu12/lib"})
      for (const fs::path& file : entries_of(nvidia / folder, prefix)) found.push_back(file.string());
  return found;
}

}  // namespace faltung::cuda_cudnn

#include "engines/cuda/cudnn/find/library_paths.h"

namespace faltung::cuda_cudnn {
namespace {

namespace fs = std::filesystem;

void add_packages(std::vector<std::string>& places, const fs::path& lib, const std::string& soname) {
  for (const fs::path& python : entries_of(lib, "python3"))
    for (const char* packages : {"site-packages", "dist-packages"})
      places.push_back((python / packages / "nvidia/cudnn/lib" / soname).string());
}

}  // namespace

std::vector<std::string> library_paths(const std::string& soname, const Environment& environment) {
  if (std::string named = named_library(environment, "FALTUNG_CUDNN", soname); !named.empty()) return {named};
  std::vector<std::string> places;
  const fs::path root = environment.root;
  for (const fs::path& prefix : python_prefixes(environment)) add_packages(places, prefix / "lib", soname);
  places.push_back((root / "usr/lib/python3/dist-packages/nvidia/cudnn/lib" / soname).string());
  places.push_back(soname);
  for (const char* folder : {"usr/local/cuda/lib64", "usr/local/cuda/lib", "usr/lib/x86_64-linux-gnu"})
    places.push_back((root / folder / soname).string());
  return places;
}

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

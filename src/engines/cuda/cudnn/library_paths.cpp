#include "engines/cuda/cudnn/library_paths.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/folder.h"

namespace faltung::cuda_cudnn {
namespace {

namespace fs = std::filesystem;

// Treats unreadable folders as empty.
std::vector<fs::path> entries(const fs::path& folder, std::string_view prefix) {
  std::vector<fs::path> found;
  for (const std::string& name : names_in(folder.string()))
    if (name.starts_with(prefix)) found.push_back(folder / name);
  std::reverse(found.begin(), found.end());  // newest version first
  return found;
}

void add_packages(std::vector<std::string>& places, const fs::path& lib, const std::string& soname) {
  for (const fs::path& python : entries(lib, "python3"))
    for (const char* packages : {"site-packages", "dist-packages"})
      places.push_back((python / packages / "nvidia/cudnn/lib" / soname).string());
}

// The prefix (folder above bin/) of the first python3 in PATH, following symbolic links.
fs::path prefix_of_python(const Environment& environment) {
  const std::string path = environment.get("PATH");
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t colon = std::min(path.find(':', at), path.size());
    const fs::path python = fs::path(path.substr(at, colon - at)) / "python3";
    std::error_code error;
    if (fs::exists(python, error)) return python.parent_path().parent_path();
    at = colon + 1;
  }
  return {};
}

}  // namespace

Environment environment_of_process() {
  return {.get = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  }};
}

std::vector<std::string> library_paths(const std::string& soname, const Environment& environment) {
  if (const std::string named = environment.get("FALTUNG_CUDNN"); !named.empty()) {
    std::error_code error;
    return {fs::is_directory(named, error) ? (fs::path(named) / soname).string() : named};
  }
  std::vector<std::string> places;
  const fs::path root = environment.root;
  if (const std::string venv = environment.get("VIRTUAL_ENV"); !venv.empty())
    add_packages(places, fs::path(venv) / "lib", soname);
  if (const fs::path prefix = prefix_of_python(environment); !prefix.empty())
    add_packages(places, prefix / "lib", soname);
  if (const std::string home = environment.get("HOME"); !home.empty())
    add_packages(places, fs::path(home) / ".local/lib", soname);
  add_packages(places, root / "usr/local/lib", soname);
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
      for (const fs::path& file : entries(nvidia / folder, prefix)) found.push_back(file.string());
  return found;
}

}  // namespace faltung::cuda_cudnn

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "engines/cuda/cudnn/find/library_paths.h"

namespace faltung::cuda_cudnn {
namespace {

namespace fs = std::filesystem;

class CudnnLibraryPaths : public testing::Test {
 protected:
  CudnnLibraryPaths() : root_(fs::path(testing::TempDir()) / "faltung_cudnn_search") { fs::remove_all(root_); }
  ~CudnnLibraryPaths() override { fs::remove_all(root_); }

  std::string make(const std::string& file) {
    const fs::path path = root_ / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    return path.string();
  }
  std::vector<std::string> places() const {
    return library_paths("libcudnn.so.9", {.get =
                                               [this](const char* name) {
                                                 const auto found = variables_.find(name);
                                                 return found == variables_.end() ? std::string() : found->second;
                                               },
                                           .root = root_.string()});
  }

  fs::path root_;
  std::map<std::string, std::string> variables_;
};

TEST_F(CudnnLibraryPaths, AFileThatIsNamedIsTheOnlyPlaceEvenIfItIsNotThere) {
  make("usr/local/lib/python3.11/dist-packages/nvidia/cudnn/lib/libcudnn.so.9");
  for (const std::string& file : {make("there/libcudnn_of_mine.so"), std::string("/nowhere/libcudnn.so.9")}) {
    variables_["FALTUNG_CUDNN"] = file;
    EXPECT_EQ(places(), std::vector{file});
  }
}

TEST_F(CudnnLibraryPaths, AFolderThatIsNamedHoldsTheLibrary) {
  const std::string file = make("there/libcudnn.so.9");
  variables_["FALTUNG_CUDNN"] = fs::path(file).parent_path().string();
  EXPECT_EQ(places(), std::vector{file});
}

TEST_F(CudnnLibraryPaths, PythonPackagesComeInTheOrderInWhichPythonIsUsed) {
  const std::string lib = "/nvidia/cudnn/lib/libcudnn.so.9";
  const std::vector<std::string> expected = {
      make("venv/lib/python3.11/site-packages" + lib), make("conda/lib/python3.12/site-packages" + lib),
      make("home/.local/lib/python3.11/site-packages" + lib), make("usr/local/lib/python3.11/dist-packages" + lib),
      make("usr/lib/python3/dist-packages" + lib)};
  make("conda/bin/python3");
  variables_ = {{"VIRTUAL_ENV", (root_ / "venv").string()},
                {"PATH", "/nowhere:" + (root_ / "conda/bin").string()},
                {"HOME", (root_ / "home").string()}};
  std::vector<std::string> found = places();
  std::erase_if(found, [](const std::string& place) { return !fs::exists(place); });
  EXPECT_EQ(found, expected);
}

TEST_F(CudnnLibraryPaths, TheSystemsOwnComesAfterThePackages) {
  make("usr/local/lib/python3.11/dist-packages/nvidia/cudnn/lib/libcudnn.so.9");
  const std::vector<std::string> found = places();
  const auto bare = std::find(found.begin(), found.end(), "libcudnn.so.9");
  ASSERT_NE(bare, found.end());
  EXPECT_TRUE(std::any_of(found.begin(), bare, [](const std::string& place) { return fs::exists(place); }));
}

TEST_F(CudnnLibraryPaths, CompanionsLieInPackagesBeside) {
  const std::string cudnn = make("nvidia/cudnn/lib/libcudnn.so.9");
  const std::string nvrtc = make("nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
  const std::string cublas = make("nvidia/cublas/lib/libcublas.so.12"),
                    lt = make("nvidia/cublas/lib/libcublasLt.so.12");
  EXPECT_EQ(companions_of(cudnn), (std::vector<std::string>{nvrtc, lt, cublas}));
  EXPECT_TRUE(companions_of(make("usr/lib/libcudnn.so.9")).empty());
}

}  // namespace
}  // namespace faltung::cuda_cudnn

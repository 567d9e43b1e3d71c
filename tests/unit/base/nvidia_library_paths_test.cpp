#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/library_places.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

class NvidiaLibraryPaths : public testing::Test {
 protected:
  NvidiaLibraryPaths() : root_(fs::path(testing::TempDir()) / "faltung_nvidia_search") { fs::remove_all(root_); }
  ~NvidiaLibraryPaths() override { fs::remove_all(root_); }

  std::string make(const std::string& file) {
    const fs::path path = root_ / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    return path.string();
  }
  std::vector<std::string> places(const NvidiaLibrary& library = {
                                      "libcudnn.so.9", "FALTUNG_CUDNN", {"cudnn/lib"}}) const {
    const auto get = [this](const char* name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::string() : found->second;
    };
    return nvidia_library_paths(library, {.get = get, .root = root_.string()});
  }

  fs::path root_;
  std::map<std::string, std::string> variables_;
};

TEST_F(NvidiaLibraryPaths, AFileThatIsNamedIsTheOnlyPlaceEvenIfItIsNotThere) {
  make("usr/local/lib/python3.11/dist-packages/nvidia/cudnn/lib/libcudnn.so.9");
  for (const std::string& file : {make("there/libcudnn_of_mine.so"), std::string("/nowhere/libcudnn.so.9")}) {
    variables_["FALTUNG_CUDNN"] = file;
    EXPECT_EQ(places(), std::vector{file});
  }
}

TEST_F(NvidiaLibraryPaths, AFolderThatIsNamedHoldsTheLibrary) {
  const std::string file = make("there/libcudnn.so.9");
  variables_["FALTUNG_CUDNN"] = fs::path(file).parent_path().string();
  EXPECT_EQ(places(), std::vector{file});
}

TEST_F(NvidiaLibraryPaths, PythonPackagesComeInTheOrderInWhichPythonIsUsed) {
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

TEST_F(NvidiaLibraryPaths, TheSystemsOwnComesAfterThePackages) {
  make("usr/local/lib/python3.11/dist-packages/nvidia/cudnn/lib/libcudnn.so.9");
  const std::vector<std::string> found = places();
  const auto bare = std::find(found.begin(), found.end(), "libcudnn.so.9");
  ASSERT_NE(bare, found.end());
  EXPECT_TRUE(std::any_of(found.begin(), bare, [](const std::string& place) { return fs::exists(place); }));
}

TEST_F(NvidiaLibraryPaths, SeveralPackagesMayHoldIt) {
  const std::string lib = "usr/local/lib/python3.11/dist-packages/nvidia/";
  const std::vector<std::string> expected = {make(lib + "cu13/lib/libcublasLt.so.13"),
                                             make(lib + "cublas/lib/libcublasLt.so.13")};
  std::vector<std::string> found = places({"libcublasLt.so.13", "FALTUNG_CUBLASLT", {"cu13/lib", "cublas/lib"}});
  std::erase_if(found, [](const std::string& place) { return !fs::exists(place); });
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace faltung

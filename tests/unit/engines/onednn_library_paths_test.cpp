#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "engines/cpu/onednn/library_paths.h"

namespace faltung::cpu_onednn {
namespace {

namespace fs = std::filesystem;

class OnednnLibraryPaths : public testing::Test {
 protected:
  OnednnLibraryPaths() : root_(fs::path(testing::TempDir()) / "faltung_onednn_search") { fs::remove_all(root_); }
  ~OnednnLibraryPaths() override { fs::remove_all(root_); }

  std::string make(const std::string& file) const {
    const fs::path path = root_ / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    return path.string();
  }
  std::vector<std::string> places() const {
    const auto get = [this](const char* name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::string() : found->second;
    };
    return library_paths("libdnnl.so.3", {.get = get, .root = root_.string()});
  }

  fs::path root_;
  std::map<std::string, std::string> variables_;
};

TEST_F(OnednnLibraryPaths, AFileOrFolderThatIsNamedIsTheOnlyPlace) {
  variables_["VIRTUAL_ENV"] = (root_ / "venv").string();
  for (const std::string& file : {make("there/my_dnnl.so"), std::string("/nowhere/libdnnl.so.3")}) {
    variables_["FALTUNG_ONEDNN"] = file;
    EXPECT_EQ(places(), std::vector{file});
  }
  variables_["FALTUNG_ONEDNN"] = (root_ / "there").string();
  EXPECT_EQ(places(), std::vector{(root_ / "there/libdnnl.so.3").string()});
}

TEST_F(OnednnLibraryPaths, TheSystemsComesFirstThenPythonsInTheOrderInWhichItIsUsed) {
  make("conda/bin/python3");
  variables_ = {{"VIRTUAL_ENV", (root_ / "venv").string()},
                {"PATH", "/nowhere:" + (root_ / "conda/bin").string()},
                {"HOME", (root_ / "home").string()}};
  std::vector<std::string> expected{"libdnnl.so.3"};
  for (const char* prefix : {"venv", "conda", "home/.local", "usr/local"})
    expected.push_back((root_ / prefix / "lib/libdnnl.so.3").string());
  EXPECT_EQ(places(), expected);
}

}  // namespace
}  // namespace faltung::cpu_onednn

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engines/cuda/cudnn/find/companions.h"

namespace faltung::cuda_cudnn {
namespace {

namespace fs = std::filesystem;

class CudnnCompanions : public testing::Test {
 protected:
  CudnnCompanions() : root_(fs::path(testing::TempDir()) / "faltung_cudnn_companions") { fs::remove_all(root_); }
  ~CudnnCompanions() override { fs::remove_all(root_); }

  std::string make(const std::string& file) const {
    const fs::path path = root_ / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    return path.string();
  }

  fs::path root_;
};

TEST_F(CudnnCompanions, LieInPackagesBeside) {
  const std::string cudnn = make("nvidia/cudnn/lib/libcudnn.so.9");
  const std::string nvrtc = make("nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
  const std::string cublas = make("nvidia/cublas/lib/libcublas.so.12"),
                    lt = make("nvidia/cublas/lib/libcublasLt.so.12");
  EXPECT_EQ(companions_of(cudnn), (std::vector<std::string>{nvrtc, lt, cublas}));
  EXPECT_TRUE(companions_of(make("usr/lib/libcudnn.so.9")).empty());
}

}  // namespace
}  // namespace faltung::cuda_cudnn

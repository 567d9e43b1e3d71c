// The file of FALTUNG_TRACE, which this program sets for itself before anything is traced.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "faltung/faltung.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

const fs::path path = fs::temp_directory_path() / ("faltung_trace_" + std::to_string(getpid()));
const bool named = setenv("FALTUNG_TRACE", path.c_str(), 1) == 0;

std::string contents(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// How often each number of images was convolved, as the trace has it.
std::map<std::int64_t, std::int64_t> traced_batches() {
  std::map<std::int64_t, std::int64_t> counts;
  for (const ProblemLine& line : parse_problem_file(contents(path))) counts[line.problem.geometry.batch] += line.count;
  return counts;
}

void convolve(std::int64_t batch, int times) {
  const Tensor x = Tensor::zeros({batch, 4, 9, 9}, DType::f32), w = Tensor::zeros({4, 4, 3, 3}, DType::f32);
  for (int i = 0; i < times; ++i) conv2d(x, w, {}, {.policy = {.threads = 1}});
}

void expect_whole_lines() {
  std::istringstream text(contents(path));
  for (std::string line; std::getline(text, line);) {
    EXPECT_TRUE(line.starts_with("fwd f32 ") || line.starts_with("# plan us=")) << line;
    EXPECT_NE(line.find(" thread="), std::string::npos) << line;
    EXPECT_EQ(line.find("us=", line.find("us=") + 1), std::string::npos) << line;
  }
}

class TraceFile : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(named);
    convolve(1, 1);
    fs::resize_file(path, 0);
  }
  static void TearDownTestSuite() { fs::remove(path); }
};

TEST_F(TraceFile, HoldsAWholeLineForEachCallOfEachThread) {
  {
    std::vector<std::jthread> threads;
    for (int i = 1; i <= 6; ++i) threads.emplace_back(convolve, i, 100 * i);
  }
  expect_whole_lines();
  const auto counts = traced_batches();
  for (int i = 1; i <= 6; ++i) EXPECT_EQ(counts.at(i), 100 * i);
}

TEST_F(TraceFile, HoldsThoseOfChildrenToo) {
  std::vector<pid_t> children;
  for (int i = 2; i <= 5; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      convolve(i, 200);
      _exit(0);
    }
    children.push_back(child);
  }
  convolve(1, 200);
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  expect_whole_lines();
  const auto counts = traced_batches();
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(counts.at(i), 200);
}

// The last test: nothing is traced after it.
TEST_F(TraceFile, IsNotConfusedWithAFileThatGotItsNumber) {
  const fs::path other = path.string() + "_other";
  int taken = -1;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd"))
    if (std::error_code none; fs::equivalent(entry.path(), path, none)) taken = std::stoi(entry.path().filename());
  ASSERT_GE(taken, 0);
  const int theirs = ::open(other.c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(::dup2(theirs, taken), taken);
  testing::internal::CaptureStderr();
  convolve(1, 3);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(contents(other), "");
  EXPECT_NE(said.find("nothing more is traced"), std::string::npos) << said;
  EXPECT_EQ(said.find('\n'), said.size() - 1) << "said more than once";
  fs::remove(other);
}

}  // namespace
}  // namespace faltung

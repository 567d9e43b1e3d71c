#include "base/processors.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace faltung {
namespace {

class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Variable() { before_.empty() ? unsetenv(name_) : setenv(name_, before_.c_str(), 1); }

 private:
  const char* name_;
  std::string before_;
};

int threads_with(const char* own, const char* openmp) {
  const Variable first("FALTUNG_NUM_THREADS", own), second("OMP_NUM_THREADS", openmp);
  return default_thread_count();
}

TEST(Processors, ThreadsAreThoseOfTheEnvironmentOrTheMachine) {
  EXPECT_EQ(threads_with("3", "5"), 3);
  EXPECT_EQ(threads_with(nullptr, "5"), 5);
  EXPECT_EQ(threads_with(nullptr, "8,2"), 8);
  for (const char* nonsense : {"", "0", "-4", "many", "99999999999999999999"})
    EXPECT_EQ(threads_with(nonsense, nullptr), processor_count()) << nonsense;
  EXPECT_GE(processor_count(), 1);
  EXPECT_EQ(threads_with("100000", nullptr), most_thread_count());
  EXPECT_GE(most_thread_count(), processor_count());
}

}  // namespace
}  // namespace faltung

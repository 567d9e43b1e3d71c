// Arguments of C calls, good and bad, from choices.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

#include "faltung/c.h"
#include "fuzz/choices.h"

namespace faltung::fuzz {

// A problem whose plan may be run on the memory that the pointers below lead to, and takes no time.
bool is_small(const std::string& text);

// What the pointers in a struct of C lead to.
struct PolicyMemory {
  faltung_policy policy{};
  std::array<const char*, 3> names{};
  std::size_t limit = 0;
  double seconds = 0;
};
struct ProblemMemory {
  faltung_problem problem{};
  std::array<std::int64_t, 6> strides{};
};
struct TensorMemory {
  std::array<std::int64_t, 10> shape{}, strides{};
  DLTensor tensor{};
};
struct WorkspaceMemory {
  std::vector<std::byte> bytes;
  void* data = nullptr;
  std::size_t size = 0;
};
class CArguments {
 public:
  explicit CArguments(Choices& choices) : choices_(choices) {}

  template <class T, std::size_t n>
  T& one_of(std::array<T, n>& all) const {
    return all[static_cast<std::size_t>(choices_.between(0, static_cast<int>(n) - 1))];
  }
  // The usual one, or seldom one of the others.
  template <class T>
  T odd(T usual, std::initializer_list<T> others) const {
    return choices_.seldom() ? choices_.pick(others) : usual;
  }
  const char* odd(const char* usual, std::initializer_list<const char*> others) const {
    return odd<const char*>(usual, others);
  }
  int number() const;  // of threads
  double alpha() const;
  std::string text() const;
  const faltung_policy* policy(PolicyMemory& memory) const;
  const faltung_problem* problem(ProblemMemory& memory) const;
  // Somewhere in the memory of x, w, y, bias or z (0 to 4), in another's, or nowhere.
  void* pointer(int operand) const;
  const void* addend(int operand, bool needed) const {
    return needed != choices_.seldom() ? pointer(operand) : nullptr;
  }
  WorkspaceMemory workspace(std::size_t needed) const;
  // An operand of some of the small problems, with what does not fit here and there.
  const DLTensor* tensor(TensorMemory& memory, int operand) const;

 private:
  Choices& choices_;
};

}  // namespace faltung::fuzz

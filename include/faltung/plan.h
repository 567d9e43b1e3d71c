// A problem ready to run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "faltung/compile.h"
#include "faltung/problem.h"

#pragma GCC visibility push(default)
namespace faltung {

// Prints a plan and, indented, the plans it is made of.
class Outline {
 public:
  void line(std::string_view text);
  void child(const class Plan& plan);
  std::string text() const { return text_; }

 private:
  std::string text_;
  int depth_ = 0;
};

// Immutable once planned; any thread may run it, several at once. run() never allocates and never locks: the memory it
// needs was counted in workspace_bytes().
class Plan {
 public:
  virtual ~Plan() = default;
  virtual std::size_t workspace_bytes() const { return 0; }
  // On the stream of the problem's device, with no more threads than it was planned for.
  virtual void run(const Operands& operands, Workspace workspace, const Execution& execution) const = 0;
  // The work that each run would do on w, done once: prepare() fills so many bytes, aligned to 64 and on the plan's
  // device, in stream order; it may allocate. A run whose `operands.prepared` points at them does not read w. 0: there
  // is nothing to prepare.
  virtual std::size_t prepared_bytes() const { return 0; }
  virtual void prepare(const void* /*w*/, std::byte* /*prepared*/, const Execution&) const {}
  // False once a library that it needs has ended with the program: run() then throws before it has begun.
  virtual bool is_usable() const noexcept { return true; }
  virtual void outline(Outline& outline) const = 0;
  virtual std::size_t footprint_bytes() const { return 1024; }  // the memory that keeping it costs; bounds the cache

  // How its result may differ from the sum as written, and the estimated time of a run: those of the variant it was
  // made from, or of its parts together.
  Accuracy accuracy() const noexcept { return accuracy_; }
  double seconds() const noexcept { return seconds_; }
  void promise(Accuracy accuracy, double seconds) noexcept { accuracy_ = accuracy, seconds_ = seconds; }

 private:
  Accuracy accuracy_ = Accuracy::exact;
  double seconds_ = 0;
};

}  // namespace faltung
#pragma GCC visibility pop

// The file that FALTUNG_TRACE names.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace faltung {

// Appended to without a lock: lines stay whole whichever threads and processes write, children of a fork as well.
class TraceFile {
 public:
  TraceFile() = default;                 // none
  explicit TraceFile(std::string name);  // "1": standard error; what cannot be opened is said there
  bool is_open() const noexcept { return descriptor_ >= 0; }
  bool append(std::string_view line) const noexcept;  // a whole one; false: `errno` says why not
  void complain() const noexcept;                     // says `errno` on standard error

 private:
  bool is_still_ours() const noexcept;

  std::string name_;
  int descriptor_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

TraceFile trace_file_of_environment();

}  // namespace faltung

// The exceptions of all Faltung functions.
#pragma once

#include <stdexcept>
#include <string>

#pragma GCC visibility push(default)
namespace faltung {

enum class ErrorCode {
  InvalidArgument,  // the arguments do not describe a convolution, or a file is malformed
  Unsupported,      // no engine in this context can solve the problem; the message is the table of reasons
  OutOfMemory,      // no memory for a tensor, a workspace or a plan; what is small fails with std::bad_alloc
  EngineFailure,    // an engine or its vendor library failed while running
  Io,               // a file could not be read or written
};

// `what()` states the fact first, then the remedy, then the problem.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace faltung
#pragma GCC visibility pop

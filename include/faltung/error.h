// What every function of Faltung throws.
#pragma once

#include <stdexcept>
#include <string>

namespace faltung {

enum class ErrorCode {
  InvalidArgument,  // the caller's arguments cannot mean a convolution, or a file is not what it says
  Unsupported,      // a meaningful problem that no engine in this context can do; the message is the table of reasons
  OutOfMemory,      // an allocation failed; the message says how much was asked for
  EngineFailure,    // an engine or its vendor library failed while running
  Io,               // a file could not be read or written
};

// `what()` states the fact first, then what would be right, then the problem it happened on.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace faltung

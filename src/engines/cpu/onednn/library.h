// oneDNN's functions, from the library opened on first use. Nothing links against it.
#pragma once

#include <string>
#include <string_view>

#include "engines/cpu/onednn/interface.h"

namespace faltung::cpu_onednn {

struct Library {
  Functions functions{};
  OpenMp openmp{};  // null functions: it has no threads
  EngineObject* cpu = nullptr;
  std::string where;    // path of the opened library
  std::string version;  // "3.2.0"
  int number = 0;       // 3002: 3.2
};

// Null if there is none; then library_missing() gives the reason. Opened once, never closed.
const Library* library();
std::string_view library_missing();

// Call only after library() returned non-null.
const Library& opened();
inline const Functions& dnnl() { return opened().functions; }

// The program is ending and the library's own data may be gone: nothing of it is used any more, and its objects are
// left to the system.
bool is_closing() noexcept;

// An implementation has been compiled: data that the library made for it will not go before is_closing().
void keep_data_of(const std::string& implementation);

// Keeps such an object reachable, so that leak checkers do not report it.
void leave_to_the_system(const void* object) noexcept;

// While it lives and is allowed, the library's data stay: the end of the program waits.
class Use {
 public:
  Use() noexcept;
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  bool is_allowed() const noexcept { return allowed_; }

 private:
  bool allowed_;
};

// A use that throws Unsupported where it is not allowed.
class AllowedUse {
 public:
  AllowedUse();

 private:
  Use use_;
};

// Throws Unsupported, OutOfMemory or EngineFailure with `what` (the failed action).
[[gnu::cold, noreturn]] void fail(Status status, const char* what);

inline void check(Status status, const char* what) {
  if (status != Status::success) [[unlikely]]
    fail(status, what);
}

}  // namespace faltung::cpu_onednn

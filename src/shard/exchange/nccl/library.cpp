#include "shard/exchange/nccl/library.h"

#include <fmt/format.h>

#include "base/never_destroyed.h"
#include "base/open_library.h"
#include "faltung/error.h"

namespace faltung::nccl {
namespace {

constexpr const char* names =
    "ncclGetErrorString\0"
    "ncclGetUniqueId\0"
    "ncclCommInitRank\0"
    "ncclCommInitAll\0"
    "ncclCommDestroy\0"
    "ncclCommAbort\0"
    "ncclCommGetAsyncError\0"
    "ncclCommCount\0"
    "ncclCommUserRank\0"
    "ncclGroupStart\0"
    "ncclGroupEnd\0"
    "ncclSend\0"
    "ncclRecv\0"
    "ncclAllReduce\0";

struct State {
  Library functions{};
  std::string missing;

  State() {
    const OpenedLibrary opened = open_library({"libnccl.so.2"}, "FALTUNG_NCCL");
    missing = opened.missing;
    if (!opened.handle) return;
    std::string absent;
    functions = take_functions<Library>(opened.handle, names, absent);
    if (!absent.empty()) missing = fmt::format("{} has no {}", opened.where, absent);
  }
};

const State& state() {
  static NeverDestroyed<State> opened;
  return *opened;
}

}  // namespace

std::string missing() { return state().missing; }

const Library& library() {
  if (!state().missing.empty()) throw Error(ErrorCode::Unsupported, state().missing);
  return state().functions;
}

void check(Result result, const char* what) {
  if (result == success) return;
  throw Error(ErrorCode::EngineFailure, fmt::format("{}: {}", what, library().error_string(result)));
}

}  // namespace faltung::nccl

// NCCL's functions, from the library opened on first use. What is declared are facts of its C interface.
#pragma once

#include <cstddef>
#include <string>

#include "faltung/nccl_group.h"

namespace faltung::nccl {

struct Communicator;  // ncclComm_t is a pointer to one
using Result = int;   // ncclResult_t
inline constexpr Result success = 0, in_progress = 7;
enum class Type : int { bytes = 0, i32 = 2, i64 = 4, f32 = 7, f64 = 8 };  // ncclDataType_t
inline constexpr int add = 0;                                             // ncclSum

// In the order of their names in library.cpp.
struct Library {
  const char* (*error_string)(Result);
  Result (*get_unique_id)(NcclId*);
  Result (*init_rank)(Communicator**, int ranks, NcclId, int rank);
  Result (*init_all)(Communicator**, int devices, const int* list);
  Result (*destroy)(Communicator*);
  Result (*abort)(Communicator*);
  Result (*get_async_error)(Communicator*, Result*);
  Result (*count)(const Communicator*, int*);
  Result (*user_rank)(const Communicator*, int*);
  Result (*group_start)();
  Result (*group_end)();
  Result (*send)(const void*, std::size_t, Type, int peer, Communicator*, void* stream);
  Result (*receive)(void*, std::size_t, Type, int peer, Communicator*, void* stream);
  Result (*all_reduce)(const void*, void*, std::size_t, Type, int operation, Communicator*, void* stream);
};

std::string missing();     // why there is none; empty if there is
const Library& library();  // throws Unsupported with that

void check(Result result, const char* what);  // throws EngineFailure

}  // namespace faltung::nccl

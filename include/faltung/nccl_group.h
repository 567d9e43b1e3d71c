// Ranks that are GPUs: messages by NCCL, which is opened when a program first asks for it.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "faltung/group.h"

#pragma GCC visibility push(default)
namespace faltung {

// Why there is no NCCL here; empty if there is. FALTUNG_NCCL may name its file; one that the program has opened is
// taken.
std::string nccl_missing();

// Exchanges are ordered on the stream that they are given and travel on one of the group's own, beside other work.
// Nothing is waited for; all may be captured in a CUDA graph. Call Group::wait() instead of synchronize(): where a rank
// died or hangs, the work of the others would never end. All functions throw Unsupported, with the reason, where there
// is no NCCL or no such GPU, and EngineFailure where NCCL fails.

// Of one process: a group, and a thread of the program, for each of these GPUs.
std::vector<std::unique_ptr<Group>> nccl_groups(const std::vector<int>& gpus,
                                                std::chrono::milliseconds patience = std::chrono::minutes(1));

// Of several: one rank makes the id, and the program brings it to the others by a file, MPI or whatever it has.
struct NcclId {
  std::array<char, 128> bytes{};
};
NcclId make_nccl_id();
std::unique_ptr<Group> nccl_group(const NcclId& id, int rank, int size, int gpu,
                                  std::chrono::milliseconds patience = std::chrono::minutes(1));

// The program's own ncclComm_t of this GPU, which must outlive the group. If a rank fails or is late it is aborted, and
// must not be destroyed then.
std::unique_ptr<Group> nccl_group(void* communicator, int gpu,
                                  std::chrono::milliseconds patience = std::chrono::minutes(1));

}  // namespace faltung
#pragma GCC visibility pop

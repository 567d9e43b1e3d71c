// Ranks that work together, and how they exchange data.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "faltung/device.h"
#include "faltung/dtype.h"

#pragma GCC visibility push(default)
namespace faltung {

struct Message {
  int peer = 0;  // the other rank
  void* data = nullptr;
  std::size_t bytes = 0;
};

// One rank's end. The library has one of threads (below), one for NCCL (faltung/nccl_group.h) and one for MPI
// (faltung/mpi_group.h); others may be added. All ranks make the same calls in the same order; an object is used by one
// thread at a time.
class Group {
 public:
  Group() = default;
  virtual ~Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  virtual int rank() const noexcept = 0;
  virtual int size() const noexcept = 0;
  // Where the memory of messages lies.
  virtual Device device() const noexcept { return {}; }

  // Starts an exchange. Between two ranks messages are matched in the order listed, and must have the same number of
  // bytes. What is sent was written by work submitted to the stream before.
  virtual void start(std::span<const Message> sends, std::span<const Message> receives, const Stream& stream) = 0;
  // Ends it: everything has been received, and what was sent may be written again; on a GPU by work submitted to the
  // stream from now on. Throws EngineFailure, instead of waiting for ever, if a rank died, has left or is late.
  virtual void finish(const Stream& stream) = 0;

  // Waits for the work submitted to the stream, as synchronize() does, but not for ever: throws like finish().
  virtual void wait(const Stream& stream);

  // Whether it adds up vectors of this type over the ranks, in an order of its own; and how: in place.
  virtual bool can_sum(DType /*dtype*/) const noexcept { return false; }
  virtual void sum(void* /*data*/, std::size_t /*count*/, DType /*dtype*/, const Stream& /*stream*/) {}

  // What an exchange of so many bytes is likely to take, for choosing.
  virtual double estimated_seconds(std::size_t bytes) const noexcept;

  // This rank fails: the others should not wait for it. What they call then throws with the reason.
  virtual void abandon(const std::string& /*reason*/) noexcept {}
};

// Ranks that are threads of one process: each takes one of these. A rank that waits longer than `patience` for another
// one gives up, and so do all others.
std::vector<std::unique_ptr<Group>> thread_groups(int size,
                                                  std::chrono::milliseconds patience = std::chrono::minutes(1));

}  // namespace faltung
#pragma GCC visibility pop

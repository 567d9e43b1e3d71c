// Ranks that are processes of MPI. Compiled by the program, with the MPI that it uses: the library has nothing of it.
// faltung.h does not include it.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "faltung/error.h"
#include "faltung/group.h"
#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

class MpiGroup : public Group {
 public:
  // All processes of the communicator call it, after MPI_Init; it is duplicated, so that no message of the program's is
  // taken for one of these. With an MPI that reaches a GPU's memory messages may lie there: `device`. Who waits longer
  // than `patience` for another rank gives up.
  explicit MpiGroup(MPI_Comm communicator, std::chrono::milliseconds patience = std::chrono::minutes(1),
                    Device device = {})
      : patience_(patience), device_(device) {
    check(MPI_Comm_dup(communicator, &communicator_));
    check(MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN));
    check(MPI_Comm_rank(communicator_, &rank_));
    check(MPI_Comm_size(communicator_, &size_));
  }
  ~MpiGroup() override {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (!finalized && !failed_) MPI_Comm_free(&communicator_);
  }

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return size_; }
  Device device() const noexcept override { return device_; }

  void start(std::span<const Message> sends, std::span<const Message> receives, const Stream& stream) override {
    if (device_.type != DeviceType::cpu) synchronize(stream);
    for (const Message& message : receives)
      for_each_chunk(message, [&](void* data, int bytes) {
        check(MPI_Irecv(data, bytes, MPI_BYTE, message.peer, data_tag, communicator_, add(message.peer, bytes)));
      });
    for (const Message& message : sends)
      for_each_chunk(message, [&](void* data, int bytes) {
        check(MPI_Isend(data, bytes, MPI_BYTE, message.peer, data_tag, communicator_, add(message.peer, -1)));
      });
  }

  void finish(const Stream&) override {
    const auto end = std::chrono::steady_clock::now() + patience_;
    for (int done = 0; !done;) {
      for (std::size_t i = 0; i < requests_.size(); ++i) test(i);
      done = std::all_of(requests_.begin(), requests_.end(), [](MPI_Request r) { return r == MPI_REQUEST_NULL; });
      if (done) break;
      look_for_a_fault();
      if (std::chrono::steady_clock::now() > end) give_up();
      std::this_thread::yield();
    }
    requests_.clear();
    expected_.clear();
  }

  void abandon(const std::string& reason) noexcept override {
    if (failed_) return;
    failed_ = true;
    try {
      fault_ = "rank " + std::to_string(rank_) + " failed: " + reason;
    } catch (...) {
      return;
    }
    fault_.resize(std::min(fault_.size(), fault_bytes));
    for (int peer = 0; peer < size_; ++peer) {
      if (peer == rank_) continue;
      MPI_Request request = MPI_REQUEST_NULL;
      const int bytes = static_cast<int>(fault_.size());
      if (MPI_Isend(fault_.data(), bytes, MPI_BYTE, peer, fault_tag, communicator_, &request) == MPI_SUCCESS)
        MPI_Request_free(&request);
    }
  }

 private:
  static constexpr int data_tag = 0, fault_tag = 1;
  static constexpr std::size_t fault_bytes = 500;  // short enough to be sent at once

  // A count of MPI's is an int.
  template <class Use>
  static void for_each_chunk(const Message& message, Use use) {
    constexpr std::size_t most = std::size_t{1} << 30;
    auto* data = static_cast<std::byte*>(message.data);
    for (std::size_t begin = 0; begin < message.bytes || begin == 0; begin += most)
      use(data + begin, static_cast<int>(std::min(most, message.bytes - begin)));
  }

  MPI_Request* add(int peer, int bytes) {
    expected_.push_back({peer, bytes});
    return &requests_.emplace_back(MPI_REQUEST_NULL);
  }

  void test(std::size_t i) {
    if (requests_[i] == MPI_REQUEST_NULL) return;
    int done = 0, bytes = 0;
    MPI_Status status;
    check(MPI_Test(&requests_[i], &done, &status));
    if (!done || expected_[i].bytes < 0) return;
    check(MPI_Get_count(&status, MPI_BYTE, &bytes));
    if (bytes != expected_[i].bytes) fail("other bytes came than were expected: the ranks do not work on the same");
  }

  void look_for_a_fault() {
    int there = 0, bytes = 0;
    MPI_Status status;
    check(MPI_Iprobe(MPI_ANY_SOURCE, fault_tag, communicator_, &there, &status));
    if (!there) return;
    check(MPI_Get_count(&status, MPI_BYTE, &bytes));
    std::string reason(static_cast<std::size_t>(bytes), ' ');
    check(MPI_Recv(reason.data(), bytes, MPI_BYTE, status.MPI_SOURCE, fault_tag, communicator_, MPI_STATUS_IGNORE));
    fail(reason);
  }

  [[noreturn]] void give_up() {
    std::string late;
    for (std::size_t i = 0; i < requests_.size(); ++i)
      if (requests_[i] != MPI_REQUEST_NULL) late = std::to_string(expected_[i].peer);
    fail("rank " + std::to_string(rank_) + " waited " + std::to_string(patience_.count()) + " ms for rank " + late +
         ", in vain");
  }

  // What is still under way is left to MPI; the communicator is of no more use.
  [[noreturn]] void fail(const std::string& reason) {
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i] == MPI_REQUEST_NULL) continue;
      if (expected_[i].bytes >= 0) MPI_Cancel(&requests_[i]);
      MPI_Request_free(&requests_[i]);
    }
    requests_.clear();
    expected_.clear();
    failed_ = true;
    throw Error(ErrorCode::EngineFailure, reason);
  }

  static void check(int code) {
    if (code == MPI_SUCCESS) return;
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    MPI_Error_string(code, text.data(), &length);
    throw Error(ErrorCode::EngineFailure, "MPI: " + std::string(text.data(), static_cast<std::size_t>(length)));
  }

  struct Expected {
    int peer;
    int bytes;  // -1: it is sent
  };
  MPI_Comm communicator_ = MPI_COMM_NULL;
  std::chrono::milliseconds patience_;
  Device device_;
  int rank_ = 0, size_ = 1;
  bool failed_ = false;
  std::string fault_;
  std::vector<MPI_Request> requests_;
  std::vector<Expected> expected_;
};

}  // namespace faltung
#pragma GCC visibility pop

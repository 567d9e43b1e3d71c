#include <fmt/format.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>

#include "faltung/error.h"
#include "faltung/group.h"
#include "faltung/tensor.h"

namespace faltung {
namespace {

using Packet = std::vector<std::byte>;

// What all ranks share: a queue from each rank to each other one.
class Exchange {
 public:
  Exchange(int size, std::chrono::milliseconds patience)
      : size_(size),
        patience_(patience),
        queues_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)),
        arrived_(static_cast<std::size_t>(size)),
        left_(static_cast<std::size_t>(size), false) {}

  int size() const noexcept { return size_; }

  void send(int from, const Message& message) {
    const auto* data = static_cast<const std::byte*>(message.data);
    Packet packet(data, data + message.bytes);
    const std::lock_guard lock(mutex_);
    refuse_after_failure();
    queue(from, message.peer).push_back(std::move(packet));
    arrived_[static_cast<std::size_t>(message.peer)].notify_one();
  }

  void receive(int rank, const Message& message) {
    const Packet packet = next(message.peer, rank);
    if (packet.size() != message.bytes)
      fail(fmt::format("rank {} expects {} bytes of rank {}, which sent {}: they do not work on the same", rank,
                       message.bytes, message.peer, packet.size()));
    if (!packet.empty()) std::memcpy(message.data, packet.data(), packet.size());
  }

  // The first reason stays.
  void note(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = reason;
    wake_all();
  }

  void leave(int rank) {
    const std::lock_guard lock(mutex_);
    left_[static_cast<std::size_t>(rank)] = true;
    wake_all();
  }

 private:
  std::deque<Packet>& queue(int from, int to) {
    return queues_[static_cast<std::size_t>(from) * static_cast<std::size_t>(size_) + static_cast<std::size_t>(to)];
  }

  void wake_all() {
    for (std::condition_variable& rank : arrived_) rank.notify_one();
  }

  void refuse_after_failure() const {
    if (!failure_.empty()) throw Error(ErrorCode::EngineFailure, failure_);
  }

  [[noreturn]] void fail(const std::string& reason) {
    note(reason);
    throw Error(ErrorCode::EngineFailure, reason);
  }

  Packet next(int from, int to) {
    std::unique_lock lock(mutex_);
    std::deque<Packet>& packets = queue(from, to);
    const bool left = left_[static_cast<std::size_t>(from)];
    const auto is_over = [&] { return !packets.empty() || !failure_.empty() || left_[static_cast<std::size_t>(from)]; };
    const bool in_time = left || arrived_[static_cast<std::size_t>(to)].wait_for(lock, patience_, is_over);
    if (!packets.empty()) {
      Packet packet = std::move(packets.front());
      packets.pop_front();
      return packet;
    }
    refuse_after_failure();
    lock.unlock();
    fail(in_time ? fmt::format("rank {} waits for rank {}, which has left", to, from)
                 : fmt::format("rank {} waited {} ms for rank {}, in vain", to, patience_.count(), from));
  }

  const int size_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::vector<std::deque<Packet>> queues_;
  std::vector<std::condition_variable> arrived_;  // by receiver
  std::vector<bool> left_;
  std::string failure_;
};

class ThreadGroup : public Group {
 public:
  ThreadGroup(std::shared_ptr<Exchange> exchange, int rank) : exchange_(std::move(exchange)), rank_(rank) {}
  ~ThreadGroup() override { exchange_->leave(rank_); }

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return exchange_->size(); }

  void start(std::span<const Message> sends, std::span<const Message> receives, const Stream&) override {
    for (const auto& messages : {sends, receives})
      for (const Message& message : messages) check(message);
    for (const Message& message : sends) exchange_->send(rank_, message);
    receives_.assign(receives.begin(), receives.end());
  }

  void finish(const Stream&) override {
    for (const Message& message : receives_) exchange_->receive(rank_, message);
    receives_.clear();
  }

  void abandon(const std::string& reason) noexcept override {
    try {
      exchange_->note(fmt::format("rank {} failed: {}", rank_, reason));
    } catch (...) {  // no memory for the reason: the others will find that this rank is late
    }
  }

 private:
  void check(const Message& message) const {
    if (message.peer < 0 || message.peer >= size() || message.peer == rank_)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("rank {} exchanges nothing with {}: there are {} ranks", rank_, message.peer, size()));
  }

  std::shared_ptr<Exchange> exchange_;
  int rank_;
  std::vector<Message> receives_;
};

}  // namespace

void Group::wait(const Stream& stream) { synchronize(stream); }

double Group::estimated_seconds(std::size_t bytes) const noexcept {
  constexpr double latency = 20e-6, bytes_per_second = 5e9;
  return latency + static_cast<double>(bytes) / bytes_per_second;
}

std::vector<std::unique_ptr<Group>> thread_groups(int size, std::chrono::milliseconds patience) {
  if (size < 1) throw Error(ErrorCode::InvalidArgument, fmt::format("a group of {} ranks; there must be one", size));
  const auto exchange = std::make_shared<Exchange>(size, patience);
  std::vector<std::unique_ptr<Group>> groups;
  for (int rank = 0; rank < size; ++rank) groups.push_back(std::make_unique<ThreadGroup>(exchange, rank));
  return groups;
}

}  // namespace faltung

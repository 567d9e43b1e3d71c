#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "device/backend.h"
#include "faltung/device_info.h"
#include "faltung/error.h"
#include "shard/exchange/nccl/library.h"
#include "tensor/memory.h"

namespace faltung {
namespace {

using nccl::check;
using nccl::library;

// What ranks of one process learn of each other beside NCCL.
class Faults {
 public:
  void note(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (first_.empty()) first_ = reason;
  }
  std::string first() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  mutable std::mutex mutex_;
  std::string first_;
};

std::optional<nccl::Type> type_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return nccl::Type::f32;
    case DType::f64:
      return nccl::Type::f64;
    case DType::i32:
      return nccl::Type::i32;
    case DType::i64:
      return nccl::Type::i64;
    default:
      return std::nullopt;
  }
}

class NcclGroup : public Group {
 public:
  NcclGroup(nccl::Communicator* communicator, bool owned, int gpu, std::chrono::milliseconds patience,
            std::shared_ptr<Faults> faults)
      : communicator_(communicator),
        owned_(owned),
        device_{DeviceType::cuda, gpu},
        patience_(patience),
        faults_(std::move(faults)) {
    check(library().user_rank(communicator_, &rank_), "ncclCommUserRank");
    check(library().count(communicator_, &size_), "ncclCommCount");
    stream_owner_ = memory_of(device_).make_stream(device_);
  }
  ~NcclGroup() override {
    if (owned_ && !failed_) library().destroy(communicator_);
  }

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return size_; }
  Device device() const noexcept override { return device_; }

  void start(std::span<const Message> sends, std::span<const Message> receives, const Stream& stream) override {
    refuse_after_failure();
    const DeviceScope scope(device_);
    order(stream, own());
    if (sends.empty() && receives.empty()) return;
    check(library().group_start(), "ncclGroupStart");
    nccl::Result first = nccl::success;  // whatever it is, the group is ended: later calls would be queued in it
    const auto note = [&](nccl::Result result) { first = first == nccl::success ? result : first; };
    for (const Message& m : sends)
      note(library().send(m.data, m.bytes, nccl::Type::bytes, m.peer, communicator_, own().native));
    for (const Message& m : receives)
      note(library().receive(m.data, m.bytes, nccl::Type::bytes, m.peer, communicator_, own().native));
    note(library().group_end());
    check(first, "an exchange by ncclSend and ncclRecv");
  }

  void finish(const Stream& stream) override { order(own(), stream); }

  void wait(const Stream& stream) override {
    refuse_after_failure();
    const auto end = std::chrono::steady_clock::now() + patience_;
    while (!is_done(stream)) {
      look_for_a_fault();
      if (std::chrono::steady_clock::now() > end)
        fail(fmt::format("rank {} waited {} ms for the others, in vain", rank_, patience_.count()));
      std::this_thread::yield();
    }
    look_for_a_fault();
  }

  bool can_sum(DType dtype) const noexcept override { return type_of(dtype).has_value(); }
  void sum(void* data, std::size_t count, DType dtype, const Stream& stream) override {
    refuse_after_failure();
    const DeviceScope scope(device_);
    check(library().all_reduce(data, data, count, type_of(dtype).value(), nccl::add, communicator_, stream.native),
          "ncclAllReduce");
  }

  // As measured over NVLink (docs/performance.md).
  double estimated_seconds(std::size_t bytes) const noexcept override {
    constexpr double latency = 14e-6, bytes_per_second = 230e9;
    return latency + static_cast<double>(bytes) / bytes_per_second;
  }

  void abandon(const std::string& reason) noexcept override {
    if (failed_) return;
    failed_ = true;
    try {  // before the others see what an abort does to them
      faults_->note(fmt::format("rank {} failed: {}", rank_, reason));
    } catch (...) {  // no memory for the reason: the others will find that this rank is late
    }
    library().abort(communicator_);
  }

 private:
  Stream own() const noexcept { return {device_, stream_owner_.get()}; }

  void refuse_after_failure() const {
    if (failed_)
      throw Error(ErrorCode::EngineFailure, faults_->first().empty() ? "the group has failed" : faults_->first());
  }

  // What another rank says of its failure explains more than what the failure does to this one's stream.
  bool is_done(const Stream& stream) {
    try {
      return memory_of(device_).is_done(device_, stream.native);
    } catch (const Error&) {
      look_for_a_fault();
      throw;
    }
  }

  void look_for_a_fault() {
    if (const std::string reason = faults_->first(); !reason.empty()) fail(reason);
    nccl::Result state = nccl::success;
    check(library().get_async_error(communicator_, &state), "ncclCommGetAsyncError");
    if (state != nccl::success && state != nccl::in_progress) fail(library().error_string(state));
  }

  [[noreturn]] void fail(const std::string& reason) {
    faults_->note(reason);
    if (!std::exchange(failed_, true)) library().abort(communicator_);  // so that what waits on the GPU ends
    throw Error(ErrorCode::EngineFailure, reason);
  }

  nccl::Communicator* communicator_;
  bool owned_;
  Device device_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<Faults> faults_;
  std::shared_ptr<void> stream_owner_;
  int rank_ = 0, size_ = 1;
  bool failed_ = false;
};

void check_gpu(int gpu) {
  library();
  device_info({DeviceType::cuda, gpu});  // throws Unsupported
}

// NCCL waits for the other ranks as long as they take. Who is not met in time is not waited for: the thread that waits
// is left behind.
nccl::Communicator* meet(const NcclId& id, int rank, int size, int gpu, std::chrono::milliseconds patience) {
  struct Meeting {
    std::mutex mutex;
    std::condition_variable over;
    std::optional<nccl::Result> result;
    nccl::Communicator* communicator = nullptr;
  };
  const auto meeting = std::make_shared<Meeting>();
  std::thread([meeting, id, rank, size, gpu] {
    nccl::Communicator* communicator = nullptr;
    const DeviceScope scope({DeviceType::cuda, gpu});
    const nccl::Result result = library().init_rank(&communicator, size, id, rank);
    const std::lock_guard lock(meeting->mutex);
    meeting->communicator = communicator;
    meeting->result = result;
    meeting->over.notify_one();
  }).detach();
  std::unique_lock lock(meeting->mutex);
  if (!meeting->over.wait_for(lock, patience, [&] { return meeting->result.has_value(); }))
    throw Error(ErrorCode::EngineFailure,
                fmt::format("rank {} waited {} ms to meet the other ranks, in vain", rank, patience.count()));
  check(*meeting->result, "ncclCommInitRank");
  return meeting->communicator;
}

}  // namespace

std::string nccl_missing() {
  if (const std::string_view reason = backend_of(DeviceType::cuda).unavailable(); !reason.empty())
    return std::string(reason);
  return nccl::missing();
}

std::vector<std::unique_ptr<Group>> nccl_groups(const std::vector<int>& gpus, std::chrono::milliseconds patience) {
  for (const int gpu : gpus) check_gpu(gpu);
  // Within a process NCCL may read and write the other ranks' memory itself.
  for (const int gpu : gpus)
    for (const int other : gpus)
      if (other != gpu) memory_of({DeviceType::cuda, gpu}).share({DeviceType::cuda, gpu}, {DeviceType::cuda, other});
  std::vector<nccl::Communicator*> communicators(gpus.size());
  check(library().init_all(communicators.data(), static_cast<int>(gpus.size()), gpus.data()), "ncclCommInitAll");
  const auto faults = std::make_shared<Faults>();
  std::vector<std::unique_ptr<Group>> groups;
  for (std::size_t i = 0; i < gpus.size(); ++i)
    groups.push_back(std::make_unique<NcclGroup>(communicators[i], true, gpus[i], patience, faults));
  return groups;
}

NcclId make_nccl_id() {
  NcclId id;
  check(library().get_unique_id(&id), "ncclGetUniqueId");
  return id;
}

std::unique_ptr<Group> nccl_group(const NcclId& id, int rank, int size, int gpu, std::chrono::milliseconds patience) {
  check_gpu(gpu);
  return std::make_unique<NcclGroup>(meet(id, rank, size, gpu, patience), true, gpu, patience,
                                     std::make_shared<Faults>());
}

std::unique_ptr<Group> nccl_group(void* communicator, int gpu, std::chrono::milliseconds patience) {
  check_gpu(gpu);
  return std::make_unique<NcclGroup>(static_cast<nccl::Communicator*>(communicator), false, gpu, patience,
                                     std::make_shared<Faults>());
}

}  // namespace faltung

#include <array>

#include "device/cuda/clock/call_graph.h"
#include "device/cuda/clock/call_timer.h"
#include "device/cuda/clock/clock.h"
#include "device/cuda/clock/copy_words.h"
#include "device/cuda/clock/replays.h"
#include "device/cuda/copy/device_copy.h"
#include "device/cuda/runtime/device.h"
#include "measure/numbers.h"

namespace faltung::cuda {
namespace {

// Two buffers, and the stream on which one is copied to the other.
class Copier {
 public:
  Copier(std::size_t words, DType dtype, Device device)
      : words_(words),
        source_(
            filled(Filling::random, static_cast<std::int64_t>(words * (word_bytes / size_of(dtype))), dtype, device)),
        target_(Tensor::empty(source_.sizes, dtype, MemoryFormat::contiguous, device)),
        timer_(stream_.get()) {
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");  // the source is complete, whatever stream filled it
  }

  // Times each kind of copy for an equal part of `seconds`. Nothing if none can be captured.
  std::optional<double> fastest(double seconds) {
    const std::array<std::function<void()>, 3> ways = {
        [this] { copy_on_device(source_, target_, stream_.get()); },
        [this] { copy_words(source_.data, target_.data, words_, false, stream_.get()); },
        [this] { copy_words(source_.data, target_.data, words_, true, stream_.get()); }};
    std::optional<double> least;
    for (const auto& way : ways) {
      way();
      const double once = timer_.between_events(way, 3);
      const auto timing = replays(timer_, way, stream_.get(), seconds / ways.size(), once);
      if (timing && (!least || timing->median_seconds < *least)) least = timing->median_seconds;
    }
    return least;
  }

 private:
  std::size_t words_;
  Tensor source_, target_;
  CapturingStream stream_;
  CallTimer timer_;
};

}  // namespace

std::optional<double> time_copy(std::size_t bytes, DType dtype, Device device, double seconds) {
  device_properties(device.index);  // throws if there is no such device
  if (bytes == 0) return std::nullopt;
  const DeviceGuard guard(device.index);
  try {
    return Copier((bytes - 1) / word_bytes + 1, dtype, device).fastest(seconds);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::OutOfMemory) throw;
    return std::nullopt;
  }
}

}  // namespace faltung::cuda

// Device memory from our own stream-ordered pool, so that allocating never synchronises.
#include "device/cuda/memory.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "base/never_destroyed.h"
#include "device/cpu/tensors.h"
#include "device/cuda/copy/device_copy.h"
#include "device/cuda/runtime/check.h"
#include "device/cuda/runtime/device.h"

namespace faltung::cuda {
namespace {

cudaStream_t stream_of(void* native) { return static_cast<cudaStream_t>(native); }

constexpr std::size_t usually_kept = std::size_t{1} << 30;

class Pool {
 public:
  explicit Pool(int index) {
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location = {cudaMemLocationTypeDevice, index};
    check(cudaMemPoolCreate(&pool_, &properties), "cudaMemPoolCreate");
    keep(usually_kept);
  }
  void keep(std::uint64_t bytes) const {
    check(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &bytes), "cudaMemPoolSetAttribute");
  }
  void give_back() const { cudaMemPoolTrimTo(pool_, 0); }
  cudaMemPool_t get() const noexcept { return pool_; }

 private:
  cudaMemPool_t pool_ = nullptr;  // never destroyed: tensors may outlive all static objects
};

const std::vector<Pool>& pools() {
  static const std::vector<Pool>* all = [] {
    auto* made = new std::vector<Pool>;
    for (int i = 0; i < device_count(); ++i) made->emplace_back(i);
    return made;
  }();
  return *all;
}

[[noreturn]] void out_of_memory(std::size_t bytes, Device device) {
  cudaGetLastError();
  std::size_t free = 0, total = 0;
  cudaMemGetInfo(&free, &total);
  throw Error(ErrorCode::OutOfMemory, fmt::format("no memory for {} bytes on cuda:{}: {} of {} bytes are free", bytes,
                                                  device.index, free, total));
}

class CudaMemory final : public Memory {
 public:
  std::shared_ptr<void> allocate(std::size_t bytes, Device device, const Execution& execution) override {
    device_properties(device.index);  // throws if there is no such device
    const DeviceGuard guard(device.index);
    const Pool& pool = pools()[static_cast<std::size_t>(device.index)];
    cudaStream_t stream = stream_of(stream_on(device, execution));
    void* pointer = nullptr;
    const auto ask = [&] {
      return cudaMallocFromPoolAsync(&pointer, std::max<std::size_t>(bytes, 1), pool.get(), stream);
    };
    cudaError_t code = ask();
    if (code == cudaErrorMemoryAllocation) {  // retry without the pool's cached memory
      cudaGetLastError();
      pool.give_back();
      code = ask();
    }
    if (code == cudaErrorMemoryAllocation) out_of_memory(bytes, device);
    check(code, "cudaMallocFromPoolAsync");
    return {pointer, [stream, index = device.index](void* p) {
              int before = 0;
              cudaGetDevice(&before);
              cudaSetDevice(index);
              cudaFreeAsync(p, stream);
              cudaSetDevice(before);
            }};
  }

  void copy(const TensorView& source, const TensorView& destination, const Execution& execution) override {
    const bool from_host = source.device.type == DeviceType::cpu, to_host = destination.device.type == DeviceType::cpu;
    const DeviceGuard guard(from_host ? destination.device.index : source.device.index);
    if (from_host) return upload(source, destination, execution);
    if (to_host) return download(source, destination, execution);
    if (source.device != destination.device) return across(source, destination, execution);
    copy_on_device(source, destination, stream_on(source.device, execution));
  }

  void fill(const TensorView& destination, double value, const Execution& execution) override {
    const DeviceGuard guard(destination.device.index);
    fill_on_device(destination, value, stream_on(destination.device, execution));
  }

  void sum(const TensorView& view, int axis, const TensorView& out, const Execution& execution) override {
    const DeviceGuard guard(view.device.index);
    const std::shared_ptr<void> workspace = allocate(sum_workspace(view, axis), view.device, execution);
    sum_on_device(view, axis, out, workspace.get(), stream_on(view.device, execution));
  }

  int activate(int index) override {
    int before = 0;
    check(cudaGetDevice(&before), "cudaGetDevice");
    if (before != index) check(cudaSetDevice(index), "cudaSetDevice");
    return before;
  }

  void synchronize(Device device, void* stream) override {
    const DeviceGuard guard(device.index);
    check(cudaStreamSynchronize(stream_of(stream)), "cudaStreamSynchronize");
  }

  std::shared_ptr<void> record(Device device, void* stream) override {
    const DeviceGuard guard(device.index);
    cudaEvent_t event = nullptr;
    check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreate");
    const std::shared_ptr<void> mark(event, [](void* p) { cudaEventDestroy(static_cast<cudaEvent_t>(p)); });
    check(cudaEventRecord(event, stream_of(stream)), "cudaEventRecord");
    return mark;
  }

  void wait(Device device, void* stream, const std::shared_ptr<void>& mark) override {
    const DeviceGuard guard(device.index);
    check(cudaStreamWaitEvent(stream_of(stream), static_cast<cudaEvent_t>(mark.get())), "cudaStreamWaitEvent");
  }

  bool is_done(Device device, void* stream) override {
    const DeviceGuard guard(device.index);
    const cudaError_t code = cudaStreamQuery(stream_of(stream));
    if (code == cudaErrorNotReady) return cudaGetLastError(), false;
    check(code, "cudaStreamQuery");
    return true;
  }

  void share(Device device, Device with) override {
    int linked = 0;
    check(cudaDeviceCanAccessPeer(&linked, with.index, device.index), "cudaDeviceCanAccessPeer");
    if (!linked) return;
    const cudaMemAccessDesc access{{cudaMemLocationTypeDevice, with.index}, cudaMemAccessFlagsProtReadWrite};
    check(cudaMemPoolSetAccess(pools()[static_cast<std::size_t>(device.index)].get(), &access, 1),
          "cudaMemPoolSetAccess");
  }

  // Of the greatest priority: what it carries others wait for.
  std::shared_ptr<void> make_stream(Device device) override {
    const DeviceGuard guard(device.index);
    int least = 0, greatest = 0;
    check(cudaDeviceGetStreamPriorityRange(&least, &greatest), "cudaDeviceGetStreamPriorityRange");
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, greatest), "cudaStreamCreateWithPriority");
    return {stream, [](void* p) { cudaStreamSynchronize(stream_of(p)), cudaStreamDestroy(stream_of(p)); }};
  }

 private:
  // Type and layout are converted on the host if the device side is contiguous, else on the device.
  static void upload(const TensorView& source, const TensorView& destination, const Execution& execution) {
    const bool ready =
        source.is_contiguous() && source.dtype == destination.dtype && source.conjugate == destination.conjugate;
    Tensor host;
    if (!ready) {
      host = Tensor::empty(source.sizes, destination.dtype);
      host.conjugate = destination.conjugate;
      copy_on_cpu(source, host, execution);
    }
    transfer_then(ready ? source : host, destination, execution);
  }

  static void transfer_then(const TensorView& host, const TensorView& destination, const Execution& execution) {
    Tensor staged;
    if (!destination.is_contiguous())
      staged = Tensor::empty(host.sizes, host.dtype, MemoryFormat::contiguous, destination.device, execution);
    cudaStream_t stream = stream_of(stream_on(destination.device, execution));
    void* to = staged.defined ? staged.data : destination.data;
    check(cudaMemcpyAsync(to, host.data, bytes_of(host), cudaMemcpyHostToDevice, stream), "copy to the device");
    if (staged.defined) {
      staged.conjugate = destination.conjugate;
      copy_on_device(staged, destination, stream);
    }
    check(cudaStreamSynchronize(stream), "copy to the device");  // the caller's pinned memory is read until then
  }

  static void download(const TensorView& source, const TensorView& destination, const Execution& execution) {
    cudaStream_t stream = stream_of(stream_on(source.device, execution));
    Tensor dense;
    TensorView from = source;
    if (!source.is_contiguous()) {
      dense = Tensor::empty(source.sizes, source.dtype, MemoryFormat::contiguous, source.device, execution);
      dense.conjugate = source.conjugate;
      copy_on_device(source, dense, stream);
      from = dense;
    }
    const bool direct =
        destination.is_contiguous() && from.dtype == destination.dtype && from.conjugate == destination.conjugate;
    Tensor host;
    if (!direct) host = Tensor::empty(from.sizes, from.dtype);
    host.conjugate = from.conjugate;
    check(cudaMemcpyAsync(direct ? destination.data : host.data, from.data, bytes_of(from), cudaMemcpyDeviceToHost,
                          stream),
          "copy to the host");
    check(cudaStreamSynchronize(stream), "copy to the host");
    if (!direct) copy_on_cpu(host, destination, execution);
  }

  // Between two devices, as contiguous bytes.
  static void across(const TensorView& source, const TensorView& destination, const Execution& execution) {
    cudaStream_t stream = stream_of(stream_on(source.device, execution));
    Tensor dense = Tensor::empty(source.sizes, destination.dtype, MemoryFormat::contiguous, source.device, execution);
    dense.conjugate = destination.conjugate;
    copy_on_device(source, dense, stream);
    check(cudaStreamSynchronize(stream), "copy between devices");
    const DeviceGuard there(destination.device.index);
    Tensor arrived = Tensor::empty(source.sizes, destination.dtype, MemoryFormat::contiguous, destination.device);
    arrived.conjugate = destination.conjugate;
    check(cudaMemcpyPeerAsync(arrived.data, destination.device.index, dense.data, source.device.index, bytes_of(dense),
                              nullptr),
          "copy between devices");
    copy_on_device(arrived, destination, nullptr);
    check(cudaStreamSynchronize(nullptr), "copy between devices");
  }

  static std::size_t bytes_of(const TensorView& view) {
    return static_cast<std::size_t>(view.numel()) * size_of(view.dtype);
  }
};

}  // namespace

Memory* memory() {
  static NeverDestroyed<CudaMemory> memory;
  return unavailable().empty() ? &*memory : nullptr;
}

void set_kept_memory(std::size_t bytes) {
  for (const Pool& pool : pools()) pool.keep(bytes);
}

}  // namespace faltung::cuda

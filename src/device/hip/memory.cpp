#include "device/hip/memory.h"

#include <fmt/format.h>

#include <cmath>

#include "base/never_destroyed.h"
#include "device/cpu/tensors.h"
#include "device/hip/runtime/device.h"
#include "device/hip/runtime/runtime.h"
#include "device/hip/span.h"
#include "tensor/loop_nest.h"

namespace faltung::hip {
namespace {

constexpr unsigned without_timing = 2;  // of an event
constexpr unsigned non_blocking = 1;    // of a stream

void wait_for(void* stream, const char* what) { check(runtime().synchronize(stream), what); }

// Everything that the view reaches. Waits.
void download(const TensorView& view, const HostLike& here, void* stream) {
  if (here.span().count == 0) return;
  check(runtime().copy(here.begin(), here.span().begin(view), here.span().bytes(), CopyKind::to_host, stream),
        "copy to the host");
  wait_for(stream, "copy to the host");
}

// Only the view's own elements: what lies between them may be written by others meanwhile. A call for each of the rows'
// neighbours.
void upload_rows(const HostLike& here, const TensorView& view, void* stream) {
  const LoopNest nest = loop_nest(view.sizes, view.strides, view.strides);
  const auto element = static_cast<std::int64_t>(here.span().element);
  int outer = nest.sizes.size();
  const bool has_rows = outer > 0 && nest.out_strides.back() == 1;
  const std::int64_t width = (has_rows ? nest.sizes[--outer] : 1) * element;
  const std::int64_t height = outer > 0 ? nest.sizes[--outer] : 1, calls = view.numel() * element / (width * height);
  const std::size_t pitch = static_cast<std::size_t>(height > 1 ? nest.out_strides[outer] * element : width);
  for (std::int64_t call = 0; call < calls; ++call) {
    std::int64_t offset = nest.out_offset, index = call;
    for (int axis = outer - 1; axis >= 0; --axis) {
      offset += index % nest.sizes[axis] * nest.out_strides[axis];
      index /= nest.sizes[axis];
    }
    check(runtime().copy_rows(view.as<std::byte>() + offset * element, pitch,
                              here.view().as<std::byte>() + offset * element, pitch, static_cast<std::size_t>(width),
                              static_cast<std::size_t>(height), CopyKind::to_device, stream),
          "copy to the device");
  }
}

void upload(const HostLike& here, const TensorView& view, void* stream) {
  const Span& span = here.span();
  if (span.count == 0) return;
  if (span.count == view.numel())
    check(runtime().copy(span.begin(view), here.begin(), span.bytes(), CopyKind::to_device, stream),
          "copy to the device");
  else
    upload_rows(here, view, stream);
  wait_for(stream, "copy to the device");
}

bool same_bytes(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.conjugate == b.conjugate && a.strides == b.strides && a.numel() == Span(a).count;
}

class HipMemory final : public Memory {
 public:
  std::shared_ptr<void> allocate(std::size_t bytes, Device device, const Execution&) override {
    device_properties(device.index);  // throws if there is no such device
    const DeviceScope scope(device);
    void* pointer = nullptr;
    const Status status = runtime().malloc(&pointer, std::max<std::size_t>(bytes, 1));
    if (status == Status::out_of_memory) out_of_memory(bytes, device);
    check(status, "hipMalloc");
    return {pointer, [](void* p) { runtime().free(p); }};  // waits for the device's work
  }

  void copy(const TensorView& source, const TensorView& destination, const Execution& execution) override {
    if (source.device == destination.device && same_bytes(source, destination))
      return copy_bytes(source, destination, execution);
    const bool from_host = source.device.type == DeviceType::cpu, to_host = destination.device.type == DeviceType::cpu;
    if (from_host) return put(source, destination, execution);
    const HostLike here(source);
    {
      const DeviceScope scope(source.device);
      download(source, here, stream_on(source.device, execution));
    }
    to_host ? copy_on_cpu(here.view(), destination, execution) : put(here.view(), destination, execution);
  }

  void fill(const TensorView& destination, double value, const Execution& execution) override {
    const Span span(destination);
    const DeviceScope scope(destination.device);
    void* const stream = stream_on(destination.device, execution);
    if (value == 0 && !std::signbit(value) && span.count == destination.numel())
      return check(runtime().set_bytes(span.begin(destination), 0, span.bytes(), stream), "hipMemset");
    const HostLike here(destination);
    fill_on_cpu(here.view(), value, execution);
    upload(here, destination, stream);
  }

  void sum(const TensorView& view, int axis, const TensorView& out, const Execution& execution) override {
    const DeviceScope scope(view.device);
    void* const stream = stream_on(view.device, execution);
    const HostLike terms(view), sums(out);
    download(view, terms, stream);
    sum_on_cpu(terms.view(), axis, sums.view(), execution);
    upload(sums, out, stream);
  }

  int activate(int index) override {
    int before = 0;
    check(runtime().get_device(&before), "hipGetDevice");
    if (before != index) check(runtime().set_device(index), "hipSetDevice");
    return before;
  }

  void synchronize(Device device, void* stream) override {
    const DeviceScope scope(device);
    wait_for(stream, "hipStreamSynchronize");
  }

  std::shared_ptr<void> record(Device device, void* stream) override {
    const DeviceScope scope(device);
    void* event = nullptr;
    check(runtime().create_event(&event, without_timing), "hipEventCreate");
    const std::shared_ptr<void> mark(event, [](void* p) { runtime().destroy_event(p); });
    check(runtime().record_event(event, stream), "hipEventRecord");
    return mark;
  }

  void wait(Device device, void* stream, const std::shared_ptr<void>& mark) override {
    const DeviceScope scope(device);
    check(runtime().wait_event(stream, mark.get(), 0), "hipStreamWaitEvent");
  }

  std::shared_ptr<void> make_stream(Device device) override {
    const DeviceScope scope(device);
    void* stream = nullptr;
    check(runtime().create_stream(&stream, non_blocking), "hipStreamCreateWithFlags");
    return {stream, [](void* p) { runtime().synchronize(p), runtime().destroy_stream(p); }};
  }

 private:
  // In the stream's order, without waiting.
  static void copy_bytes(const TensorView& source, const TensorView& destination, const Execution& execution) {
    const Span span(source);
    const DeviceScope scope(source.device);
    if (span.count == 0) return;
    check(runtime().copy(span.begin(destination), span.begin(source), span.bytes(), CopyKind::on_device,
                         stream_on(source.device, execution)),
          "copy on the device");
  }

  // What is on the host, converted there.
  static void put(const TensorView& source, const TensorView& destination, const Execution& execution) {
    const HostLike here(destination);
    copy_on_cpu(source, here.view(), execution);
    const DeviceScope scope(destination.device);
    upload(here, destination, stream_on(destination.device, execution));
  }

  [[noreturn]] static void out_of_memory(std::size_t bytes, Device device) {
    std::size_t free = 0, total = 0;
    runtime().last_error();
    runtime().memory_info(&free, &total);
    throw Error(ErrorCode::OutOfMemory, fmt::format("no memory for {} bytes on hip:{}: {} of {} bytes are free", bytes,
                                                    device.index, free, total));
  }
};

}  // namespace

Memory* memory() {
  static NeverDestroyed<HipMemory> memory;
  return unavailable().empty() ? &*memory : nullptr;
}

}  // namespace faltung::hip

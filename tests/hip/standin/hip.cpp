// A stand-in for libamdhip64.so: device memory is memory of the host at other addresses, and calls on the default
// stream are done when they return.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "device_pointer.h"
#include "fault.h"
#include "streams.h"

namespace {

constexpr int success = 0, invalid_value = 1, out_of_memory = 2, no_device = 100, invalid_device = 101;
constexpr int devices = 2;
constexpr std::size_t total = std::size_t{1} << 30;

using standin::is_on_device;
using standin::on_device;
using standin::on_host;
using standin::on_stream;
using standin::Stream;

thread_local int current = 0;

struct Block {
  void* memory;  // where leak checkers see it
  std::size_t bytes;
};
struct Blocks {
  std::mutex mutex;
  std::map<void*, Block> all;  // by the device's addresses
  std::size_t used = 0;
};

Blocks& blocks() {
  static auto* const all = new Blocks;
  return *all;
}

standin::Streams& streams() {
  static auto* const all = new standin::Streams;
  return *all;
}

// 1: to the device, 2: to the host, 3: on the device.
bool is_kind(int kind, const void* to, const void* from) {
  return is_on_device(to) == (kind != 2) && is_on_device(from) == (kind != 1);
}

using Mark = std::shared_ptr<std::atomic<bool>>;  // whether the work before it is done

}  // namespace

extern "C" {

int hipRuntimeGetVersion(int* version) { return *version = 60200000, success; }
int hipDriverGetVersion(int* version) { return *version = 60200000, success; }
int hipGetDeviceCount(int* count) {
  *count = standin::asked_for("no_device") ? 0 : devices;
  return *count == 0 ? no_device : success;
}
int hipDeviceGetName(char* name, int length, int index) {
  if (index < 0 || index >= devices) return invalid_device;
  std::strncpy(name, "Stand-in", static_cast<std::size_t>(length));
  return success;
}
int hipDeviceGetAttribute(int* value, int which, int) {
  static const std::map<int, int> values{{5, 2100000},  {19, 4 << 20}, {23, 9},   {59, 8192},
                                         {60, 1300000}, {61, 4},       {63, 304}, {74, 64 << 10}};
  const auto found = values.find(which);
  if (found == values.end()) return invalid_value;
  return *value = found->second, success;
}
int hipGetDevice(int* index) { return *index = current, success; }
int hipSetDevice(int index) {
  if (index < 0 || index >= devices) return invalid_device;
  return current = index, success;
}

int hipMalloc(void** pointer, std::size_t bytes) {
  Blocks& known = blocks();
  const std::lock_guard lock(known.mutex);
  if (bytes > total - known.used || (bytes >= 1 << 20 && standin::asked_for("little_memory"))) return out_of_memory;
  void* const memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!memory) return out_of_memory;
  std::memset(memory, 0xff, bytes);  // NaN: nothing may count on zeros
  *pointer = on_device(memory);
  known.all[*pointer] = {memory, bytes};
  known.used += bytes;
  return success;
}
int hipFree(void* pointer) {
  streams().finish_all();
  Blocks& known = blocks();
  const std::lock_guard lock(known.mutex);
  const auto found = known.all.find(pointer);
  if (found == known.all.end()) return pointer ? invalid_value : success;
  known.used -= found->second.bytes;
  std::free(found->second.memory);
  known.all.erase(found);
  return success;
}
int hipMemGetInfo(std::size_t* free, std::size_t* all) {
  const std::lock_guard lock(blocks().mutex);
  *free = total - blocks().used;
  *all = total;
  return success;
}

int hipMemcpyAsync(void* to, const void* from, std::size_t bytes, int kind, Stream* stream) {
  if (!is_kind(kind, to, from)) return invalid_value;
  on_stream(stream, [to = on_host(to), from = on_host(from), bytes] { std::memcpy(to, from, bytes); });
  return success;
}
int hipMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch, std::size_t width,
                     std::size_t height, int kind, Stream* stream) {
  if (to_pitch < width || from_pitch < width) return 12;
  if (!is_kind(kind, to, from)) return invalid_value;
  on_stream(stream, [=, to = static_cast<char*>(on_host(to)), from = static_cast<const char*>(on_host(from))] {
    for (std::size_t row = 0; row < height; ++row) std::memcpy(to + row * to_pitch, from + row * from_pitch, width);
  });
  return success;
}
int hipMemsetAsync(void* to, int value, std::size_t bytes, Stream* stream) {
  if (!is_on_device(to)) return invalid_value;
  on_stream(stream, [=, to = on_host(to)] { std::memset(to, value, bytes); });
  return success;
}
int hipLaunchHostFunc(Stream* stream, void (*task)(void*), void* argument) {
  on_stream(stream, [=] { task(argument); });
  return success;
}

int hipStreamCreateWithFlags(Stream** stream, unsigned flags) {
  if (flags != 1) return invalid_value;  // those that wait for the default stream are not needed
  return *stream = streams().make(), success;
}
int hipStreamDestroy(Stream* stream) { return streams().destroy(static_cast<standin::Queue*>(stream)), success; }
int hipStreamSynchronize(Stream* stream) {
  if (stream) stream->finish();
  return success;
}
int hipEventCreateWithFlags(Mark** event, unsigned) {
  return *event = new Mark(std::make_shared<std::atomic<bool>>(true)), success;
}
int hipEventDestroy(Mark* event) { return delete event, success; }
int hipEventRecord(Mark* event, Stream* stream) {
  *event = std::make_shared<std::atomic<bool>>(false);
  on_stream(stream, [mark = *event] { *mark = true; });
  return success;
}
int hipStreamWaitEvent(Stream* stream, Mark* event, unsigned) {
  if (stream)
    stream->add([mark = *event] { return mark->load(); });
  else if (!**event)
    streams().finish_all();
  return success;
}

int hipGetLastError() { return success; }
const char* hipGetErrorString(int status) {
  return status == out_of_memory ? "out of memory"
         : status == no_device   ? "no ROCm-capable device is detected"
                                 : "an error";
}
}

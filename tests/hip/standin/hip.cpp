// A stand-in for libamdhip64.so: device memory is memory of the host, and every call is done when it returns.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "fault.h"

namespace {

constexpr int success = 0, invalid_value = 1, out_of_memory = 2, no_device = 100, invalid_device = 101;
constexpr int devices = 2;
constexpr std::size_t total = std::size_t{1} << 30;

thread_local int current = 0;

struct Blocks {
  std::mutex mutex;
  std::map<void*, std::size_t> sizes;
  std::size_t used = 0;
};

Blocks& blocks() {
  static auto* const all = new Blocks;
  return *all;
}

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
  Blocks& all = blocks();
  const std::lock_guard lock(all.mutex);
  if (bytes > total - all.used || (bytes >= 1 << 20 && standin::asked_for("little_memory"))) return out_of_memory;
  *pointer = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!*pointer) return out_of_memory;
  std::memset(*pointer, 0xff, bytes);  // NaN: nothing may count on zeros
  all.sizes[*pointer] = bytes;
  all.used += bytes;
  return success;
}
int hipFree(void* pointer) {
  Blocks& all = blocks();
  const std::lock_guard lock(all.mutex);
  const auto found = all.sizes.find(pointer);
  if (found == all.sizes.end()) return pointer ? invalid_value : success;
  all.used -= found->second;
  all.sizes.erase(found);
  std::free(pointer);
  return success;
}
int hipMemGetInfo(std::size_t* free, std::size_t* all) {
  const std::lock_guard lock(blocks().mutex);
  *free = total - blocks().used;
  *all = total;
  return success;
}

int hipMemcpyAsync(void* to, const void* from, std::size_t bytes, int, void*) {
  return std::memcpy(to, from, bytes), success;
}
int hipMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch, std::size_t width,
                     std::size_t height, int, void*) {
  if (to_pitch < width || from_pitch < width) return 12;
  for (std::size_t row = 0; row < height; ++row)
    std::memcpy(static_cast<char*>(to) + row * to_pitch, static_cast<const char*>(from) + row * from_pitch, width);
  return success;
}
int hipMemsetAsync(void* to, int value, std::size_t bytes, void*) { return std::memset(to, value, bytes), success; }

int hipStreamSynchronize(void*) { return success; }
int hipEventCreateWithFlags(void** event, unsigned) { return *event = new char, success; }
int hipEventDestroy(void* event) { return delete static_cast<char*>(event), success; }
int hipEventRecord(void*, void*) { return success; }
int hipStreamWaitEvent(void*, void*, unsigned) { return success; }

int hipGetLastError() { return success; }
const char* hipGetErrorString(int status) {
  return status == out_of_memory ? "out of memory"
         : status == no_device   ? "no ROCm-capable device is detected"
                                 : "an error";
}
}

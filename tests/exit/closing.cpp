// closing PLUGIN HOLDER: opens a plug-in that uses the library, uses it on a thread that ends, and closes it. The
// library's threads are then still there, and so must be what holds its code: the plug-in, or the shared library.
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace {

bool use_and_close(const char* path) {
  void* const plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!plugin) return std::fprintf(stderr, "%s\n", dlerror()), false;
  const auto works = reinterpret_cast<int (*)()>(dlsym(plugin, "plugin_works"));
  int result = 0;
  std::thread([&] { result = works && works(); }).join();
  dlclose(plugin);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // longer than threads wait awake
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || !use_and_close(argv[1]) || !use_and_close(argv[1])) return 1;
  return dlopen(argv[2], RTLD_NOW | RTLD_NOLOAD) ? 0 : 1;
}

#include "plugin/probe.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "plugin/host.h"
#include "plugin/text.h"

namespace faltung::plugin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{10};

// Of the child. What goes wrong in an orderly way is told when the parent opens it.
[[noreturn]] void open_and_leave(const char* path) {
  if (void* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    const auto enter = reinterpret_cast<faltung_plugin_function>(::dlsym(library, "faltung_plugin"));
    faltung_plugin_library described{.size = sizeof described};
    Reason reason;
    if (enter) call_plugin(reason, 1, [&] { return enter(&host(), &described, reason.to_fill()); });
  }
  ::_exit(0);
}

std::string words_for(int status) {
  if (WIFSIGNALED(status)) return fmt::format("a process that opened it died of signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return fmt::format("a process that opened it ended with {}", WEXITSTATUS(status));
  return {};
}

}  // namespace

std::string fault_of_probe(const std::string& path) {
  const pid_t child = ::fork();
  if (child < 0) return fmt::format("no process could be made to open it: {}", std::strerror(errno));
  if (child == 0) open_and_leave(path.c_str());
  int status = 0;
  for (const auto end = Clock::now() + patience; Clock::now() < end;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return words_for(status);
    if (ended < 0 && errno != EINTR) return {};  // the program does not let its children be waited for
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return fmt::format("a process that opened it did not end within {} s", patience.count());
}

}  // namespace faltung::plugin

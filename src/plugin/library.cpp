#include "plugin/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/never_destroyed.h"
#include "device/backend.h"
#include "faltung/error.h"
#include "plugin/host.h"
#include "plugin/probe.h"
#include "plugin/shared_object.h"
#include "plugin/text.h"

namespace faltung::plugin {
namespace {

constexpr std::uint32_t most_engines = 64;
// Up to where an engine of the first version goes; what follows it may leave out.
constexpr std::size_t least_engine_size = offsetof(faltung_plugin_engine, available);

[[noreturn]] void refuse(const std::string& path, std::string_view reason,
                         ErrorCode code = ErrorCode::InvalidArgument) {
  throw Error(code, fmt::format("{} {}", path, reason));
}

bool is_probed() {
  const char* wish = std::getenv("FALTUNG_ENGINE_PROBE");
  return wish && std::string_view(wish) == "1";
}

void check_file(const std::string& path) {
  if (const std::string fault = fault_of_shared_object(path); !fault.empty()) refuse(path, fault);
  if (!is_probed()) return;
  if (const std::string fault = fault_of_probe(path); !fault.empty()) refuse(path, fault, ErrorCode::Unsupported);
}

std::shared_ptr<void> load(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* reason = ::dlerror();
    refuse(path, fmt::format("cannot be loaded: {}", reason ? reason : "no reason given"));
  }
  return {library, ::dlclose};
}

std::string_view fault_of(const faltung_plugin_engine& engine) {
  if (!engine.name || !is_word(engine.name)) return "names an engine with other characters than letters, digits, . _ -";
  if (!engine.version || !is_word(engine.version)) return "gives an engine a version that is not one word";
  if (!engine.device || !device_type_named(engine.device))
    return "has an engine for a device that is none of cpu, cuda, hip";
  if (!engine.ask || !engine.plan || !engine.run || !engine.destroy) return "has an engine without all its functions";
  return {};
}

// All plug-ins that are open. A plug-in is entered and left under the lock, so that it is never in two states.
struct Open {
  std::recursive_mutex mutex;  // one that could not be kept in the map leaves at once
  std::map<std::string, std::weak_ptr<const Library>> libraries;
};

Open& all_open() {
  static NeverDestroyed<Open> all;
  return *all;
}

void leave(const Library* library) {
  Open& all = all_open();
  const std::lock_guard lock(all.mutex);
  const auto found = all.libraries.find(library->path());
  if (found != all.libraries.end() && found->second.expired()) all.libraries.erase(found);
  delete library;
}

std::string real_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

}  // namespace

std::shared_ptr<const Library> Library::open(const std::string& path) {
  const std::string real = real_path(path);
  Open& all = all_open();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.libraries.find(real); found != all.libraries.end())
    if (std::shared_ptr<const Library> there = found->second.lock()) return there;
  std::shared_ptr<const Library> opened(new Library(real), leave);
  all.libraries.insert_or_assign(real, opened);
  return opened;
}

Library::Library(const std::string& path) : path_(path) {
  check_file(path_);
  handle_ = load(path_);
  enter();
}

Library::~Library() {
  Reason ignored;
  if (close_)
    call_plugin(ignored, 0, [&] {
      close_();
      return 0;
    });
}

void Library::enter() {
  const auto function = reinterpret_cast<faltung_plugin_function>(::dlsym(handle_.get(), "faltung_plugin"));
  if (!function) refuse(path_, "has no function faltung_plugin()");
  faltung_plugin_library described{.size = sizeof described};
  Reason reason;
  if (call_plugin(reason, 1, [&] { return function(&host(), &described, reason.to_fill()); }) != 0)
    refuse(path_, fmt::format("cannot be used: {}", reason.text()), ErrorCode::Unsupported);
  if (described.plugin_version != FALTUNG_PLUGIN_VERSION)
    refuse(path_, fmt::format("was built for version {} of the plug-in interface; here it is {}",
                              described.plugin_version, FALTUNG_PLUGIN_VERSION));
  take_engines(described);
  close_ = described.close;
}

void Library::take_engines(const faltung_plugin_library& described) {
  if (!described.engines || described.engine_count == 0) refuse(path_, "has no engines");
  if (described.engine_count > most_engines) refuse(path_, fmt::format("has {} engines", described.engine_count));
  for (std::uint32_t i = 0; i < described.engine_count; ++i) {
    const faltung_plugin_engine* given = described.engines[i];
    if (!given || given->size < least_engine_size) refuse(path_, "describes an engine by too small a struct");
    faltung_plugin_engine engine{};
    std::memcpy(&engine, given, std::min(given->size, sizeof engine));
    if (const std::string_view fault = fault_of(engine); !fault.empty()) refuse(path_, fault);
    engines_.push_back(engine);
  }
}

}  // namespace faltung::plugin

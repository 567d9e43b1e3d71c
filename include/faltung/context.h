// Makes and keeps plans: the engines, plan cache and tuning records of one device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

class Engine;

// The effort allowed for choosing an engine.
enum class Effort : std::uint8_t {
  Estimate,    // by tuned record, else by estimated time; runs nothing
  Measure,     // times every engine that accepts, once for a problem, and remembers; on a GPU every variant of those
               // that do the work, until Policy::measure_seconds are spent
  Exhaustive,  // the same with every variant of every engine, composites and the reference, however long it takes
  TunedOnly,   // by tuned record, or an error
};

// How to choose. Captured with each call; part of the plan's cache key. What a policy means nothing by is refused with
// InvalidArgument: a name that no engine of the context has, a negative number.
struct Policy {
  std::string only;                  // the only engine allowed; empty: any
  std::vector<std::string> without;  // engines not allowed
  Effort effort = Effort::Estimate;
  // At effort Measure: once this many seconds were spent on making and timing plans, an engine with a measured plan has
  // no further variant tried. The first variant of each engine always is. A part measured as a problem of its own has
  // the same budget again.
  double measure_seconds = 10;
  std::optional<std::size_t> workspace_limit;  // workspace bytes allowed; nothing: no limit
  int threads = 0;  // CPU threads to use, in copies and sums too; 0: as many as the executor has
  bool operator==(const Policy&) const = default;
};

// What a context does with the store of tuning records (docs/how-to/tuning.md).
enum class TuningAccess : std::uint8_t {
  off,
  read,   // planning looks there for what the context has no record of; nothing is written
  write,  // so does tune() with its winner, and a choice of effort Measure or Exhaustive
};

// What Context::warm() did.
struct WarmReport {
  std::size_t planned = 0;
  std::vector<std::string> failures;  // of the problems without a plan: the problem and the reason
};

struct EngineInfo {
  std::string name;        // "cpu.gemm": the folder src/engines/cpu/gemm
  std::string kind;        // "leaf", "composite", "last_resort"; empty if not built
  bool available = false;  // built, and its libraries and device are present
  std::string reason;      // of being unavailable
  std::string library;     // the shared object that it came with; empty: built in, or added by the program
};

struct CacheStatistics {
  std::size_t entries = 0, bytes = 0, hits = 0, misses = 0, evictions = 0;
};

// One device with its engines. Any thread may use it; all share its plan cache. Copies share everything.
class Context {
 public:
  explicit Context(Device device = {});

  Device device() const noexcept;
  std::vector<EngineInfo> engines() const;  // in the order in which they are asked

  // Engines of anyone's own (faltung/engine.h), asked after those of their kind. InvalidArgument if the name is taken.
  void add_engine(std::shared_ptr<const Engine> engine);
  // Those of a shared object (faltung/plugin.h), by its file; their names. FALTUNG_ENGINE_PATH names files and folders
  // that every new context tries by itself; what it cannot open is listed in engines() with the reason. With
  // FALTUNG_ENGINE_PROBE=1 a child process opens each file first, so that one that crashes is a reason, too. Throws Io
  // if the file cannot be read, InvalidArgument if it is no plug-in or a name is taken, Unsupported if the plug-in says
  // that it cannot be used here; then nothing has been added.
  std::vector<std::string> add_engine_library(const std::string& path);
  // False if there is no engine of that name. Plans of it live on; a shared object is unloaded with its last one.
  bool remove_engine(std::string_view name);

  // The threads that calls and plans of this context use on the CPU; null: the library's own pool. Calls under way and
  // plans compiled before keep the executor they began with.
  std::shared_ptr<Executor> executor() const;
  void set_executor(std::shared_ptr<Executor> executor);

  CacheStatistics cache_statistics() const;
  void set_cache_limit(std::size_t bytes);  // evicts the least recently used plans; default 64 MiB
  void clear_cache();

  // Tuning records as text (docs/how-to/tuning.md), those of this context: loaded here, or measured. Loading checks
  // every line; planning skips records of other environments and revisions, and of engines that no longer exist or
  // accept, and says so in its selection. Throws Io, or InvalidArgument with the line; then nothing has changed. Files
  // are regular ones; they are saved as replace_file() does.
  void load_tuning(const std::string& path);
  void save_tuning(const std::string& path) const;
  void load_tuning_text(const std::string& text);
  std::string tuning_text() const;

  // Of the store: at first what FALTUNG_TUNING says (off, read, write; read if it says nothing).
  TuningAccess tuning_access() const noexcept;
  void set_tuning_access(TuningAccess access);
  // Looks at the store anew, and plans anew: after another process has tuned.
  void reload_tuning();
  // What the context's records hold in: "device=cpu name=… isa=avx512 …".
  std::string tuning_environment() const;

  // Plans the problems of a file, a trace or tuning records, on several threads: for a program's start. Throws Io or
  // InvalidArgument for the file; a problem without a plan is no error.
  WarmReport warm(const std::string& path, const Policy& policy = {});

  class [[gnu::visibility("hidden")]] Impl;
  Impl& impl() const noexcept { return *impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

// The CPU context used by calls without one. Created on first use; lives until the program ends.
Context& default_context();

}  // namespace faltung
#pragma GCC visibility pop

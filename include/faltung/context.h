// Where plans are made and kept: the engines, the plan cache, the tuning records of one device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faltung/tensor.h"

namespace faltung {

// How much work choosing an engine may be.
enum class Effort : std::uint8_t {
  Estimate,    // by tuned record, else by estimated time; runs nothing
  Measure,     // times every engine that accepts, once for a problem, and remembers; on a GPU every variant of those
               // that do the work, until Policy::measure_seconds are spent
  Exhaustive,  // the same with every variant of every engine, composites and the reference, however long it takes
  TunedOnly,   // by tuned record or not at all
};

// How to choose. Captured with each call; part of the plan's cache key.
struct Policy {
  std::string only;                  // the one engine allowed; empty: any
  std::vector<std::string> without;  // engines not allowed
  Effort effort = Effort::Estimate;
  // At effort Measure: seconds of making and timing plans after which an engine that has one measured has no further
  // variant tried. The first of each engine always is. A part that is measured as a problem of its own has as many
  // again.
  double measure_seconds = 10;
  std::optional<std::size_t> workspace_limit;  // bytes a plan may ask for; nothing: no limit
  int threads = 0;  // CPU threads to use, in copies and sums too; 0: as many as the executor has
  bool operator==(const Policy&) const = default;
};

struct EngineInfo {
  std::string name;        // "cpu.gemm": the folder src/engines/cpu/gemm
  std::string kind;        // "leaf", "composite", "last_resort"; empty if not built
  bool available = false;  // built, and its libraries and device are there
  std::string reason;      // why not
};

struct CacheStatistics {
  std::size_t entries = 0, bytes = 0, hits = 0, misses = 0, evictions = 0;
};

// One device with its engines. Any thread may use it; all share its plan cache. Copies share everything.
class Context {
 public:
  explicit Context(Device device = {});

  Device device() const noexcept;
  std::vector<EngineInfo> engines() const;  // the order in which they are asked

  // The threads that calls and plans of this context use on the CPU; null: the library's own pool. Calls under way and
  // plans compiled before keep the executor they began with.
  std::shared_ptr<Executor> executor() const;
  void set_executor(std::shared_ptr<Executor> executor);

  CacheStatistics cache_statistics() const;
  void set_cache_limit(std::size_t bytes);  // least recently used plans go first; default 64 MiB
  void clear_cache();

  // Tuning records as text, a line each: seconds, engine, variant, problem. Loading checks every line; records of an
  // engine that no longer exists or accepts are skipped when planning. Throws Io or InvalidArgument with the line.
  void load_tuning(const std::string& path);
  void save_tuning(const std::string& path) const;
  void load_tuning_text(const std::string& text);
  std::string tuning_text() const;

  class Impl;
  Impl& impl() const noexcept { return *impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

// The CPU context that calls use when none is given. Made at first use, lives for the program.
Context& default_context();

}  // namespace faltung

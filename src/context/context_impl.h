#pragma once

#include <atomic>
#include <mutex>

#include "context/plan_cache.h"

namespace faltung {

class Context::Impl {
 public:
  explicit Impl(Device which);

  // From the cache, or planned and kept. The key's problem is canonical.
  Planned plan(const PlanKey& key);
  // Measured again whatever is cached or on record; the winner goes on record.
  Planned tune(const PlanKey& key);

  std::shared_ptr<const EngineList> engines() const { return engines_.snapshot(); }
  // Plans of an engine that is removed live on with those who hold them.
  void add_engine(std::shared_ptr<const Engine> engine);
  bool remove_engine(std::string_view name);

  std::shared_ptr<Executor> executor() const;  // null: the library's own
  void set_executor(std::shared_ptr<Executor> executor);

  const Device device;
  TuningRecords tuning;
  PlanCache cache;

 private:
  Planned choose(const PlanKey& key, TuningRecords& records);

  Registry engines_;
  mutable std::mutex executor_mutex_;
  std::shared_ptr<Executor> executor_;
  std::atomic<bool> has_executor_{false};  // most have none: then nothing is locked in a call
  std::mutex measuring_mutex_;             // two measurements at once would disturb each other
};

}  // namespace faltung

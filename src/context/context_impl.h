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
  // Of the engine that the policy's `only` names. Throws Unsupported with the reason if it refuses.
  std::vector<Variant> variants(const PlanKey& key) const;
  // Planned as a tuning record would have it, and not kept.
  Planned plan_variant(const PlanKey& key, const std::string& variant) const;

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
  std::optional<Planned> known(const PlanKey& key);
  Planned plan_new(const PlanKey& key);
  Planned tune_alone(const PlanKey& key);
  Planned choose(const PlanKey& key, TuningRecords& records) const;
  void keep(const PlanKey& key, const Planned& planned, PlanCache::Generation generation) noexcept;
  Planned choose_from(const EngineList& engines, Executor* pool, const PlanKey& key, TuningRecords& records) const;
  DeviceInfo info_for(const Policy& policy, Executor* pool) const;

  Registry engines_;
  mutable std::mutex executor_mutex_;
  std::shared_ptr<Executor> executor_;
  std::atomic<bool> has_executor_{false};  // most have none: then nothing is locked in a call
  std::mutex measuring_mutex_;             // two measurements at once would disturb each other
};

}  // namespace faltung

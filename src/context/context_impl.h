#pragma once

#include <atomic>
#include <mutex>

#include "context/plan_cache.h"
#include "tuning/layers.h"

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
  Planned plan_variant(const PlanKey& key, const std::string& variant);
  // Plans, and counts it in the report, which others fill too.
  void warm_one(const PlanKey& key, WarmReport& report, std::mutex& mutex);
  // What its records hold in.
  std::string environment() const;

  std::shared_ptr<const EngineList> engines() const { return engines_.snapshot(); }
  // Plans of an engine that is removed live on with those who hold them.
  void add_engine(std::shared_ptr<const Engine> engine, std::string library = {});
  bool remove_engine(std::string_view name);
  // All of them, or none.
  std::vector<std::string> add_engine_library(const std::string& path);

  std::shared_ptr<Executor> executor() const;  // null: the library's own
  void set_executor(std::shared_ptr<Executor> executor);

  const Device device;
  TuningRecords tuning;
  Store store;
  std::atomic<TuningAccess> access;
  PlanCache cache;

 private:
  std::optional<Planned> known(const PlanKey& key);
  Planned plan_new(const PlanKey& key);
  Planned tune_alone(const PlanKey& key);
  // By these records only, or (null) by the context's and the store's.
  Planned choose(const PlanKey& key, TuningRecords* only);
  Planned choose_from(const EngineList& engines, Executor* pool, const PlanKey& key, TuningRecords* only);
  void keep(const PlanKey& key, Planned& planned, PlanCache::Generation generation) noexcept;
  void keep_in_store(Planned& planned);  // where that was asked for
  DeviceInfo info_for(const Policy& policy, Executor* pool) const;

  Registry engines_;
  mutable std::mutex executor_mutex_;
  std::shared_ptr<Executor> executor_;
  std::atomic<bool> has_executor_{false};  // most have none: then nothing is locked in a call
  std::mutex measuring_mutex_;             // two measurements at once would disturb each other
};

}  // namespace faltung

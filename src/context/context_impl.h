#pragma once

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

  const Device device;
  const std::span<const EngineEntry> engines;
  TuningRecords tuning;
  PlanCache cache;

 private:
  Planned choose(const PlanKey& key, TuningRecords& records);

  std::mutex measuring_mutex_;  // two measurements at once would disturb each other
};

}  // namespace faltung

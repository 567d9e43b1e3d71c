// Plans kept by problem and policy, bounded by bytes, shared by all threads; the least recently used go first.
#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "plan/planner.h"

namespace faltung {

// The problem and the policy, whole: nothing that could change the choice is left out.
struct PlanKey {
  ConvProblem problem;
  Policy policy;
  bool operator==(const PlanKey&) const = default;
};

struct PlanKeyHash {
  std::size_t operator()(const PlanKey& key) const noexcept;
};

class PlanCache {
 public:
  // Nothing planned, or what was: an empty `plan` is a remembered "no engine can".
  std::optional<Planned> find(const PlanKey& key);
  void insert(const PlanKey& key, const Planned& planned);
  // Whatever the policy: after a new tuning record an older choice must not stay.
  void forget(const ConvProblem& problem);
  void clear();
  void set_limit(std::size_t bytes);
  CacheStatistics statistics() const;

 private:
  struct Entry {
    PlanKey key;
    Planned planned;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;  // most recently used first

  void evict();
  void erase(Entries::iterator entry);

  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<PlanKey, Entries::iterator, PlanKeyHash> index_;
  std::size_t limit_ = 64 << 20;
  CacheStatistics statistics_;
};

}  // namespace faltung

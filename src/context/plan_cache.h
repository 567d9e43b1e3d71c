// Plans kept by problem and policy, bounded by bytes, shared by all threads; the least recently used go first.
#pragma once

#include <atomic>
#include <cstdint>
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
  // Counts what may change choices. Read it before engines, records and executor are looked at: a choice that was made
  // of older ones is then not inserted beside, or after, the clear() that should have removed it.
  using Generation = std::uint64_t;
  Generation generation() const noexcept { return generation_.load(); }

  // Nothing planned, or what was: an empty `plan` is a remembered "no engine can".
  std::optional<Planned> find(const PlanKey& key);
  // Not kept if the generation has passed or there is no memory for the entry.
  void insert(const PlanKey& key, const Planned& planned, Generation generation) noexcept;
  // After a new tuning record of the problem, whatever the policy: older choices go, and those of older records that
  // are still being made are not kept, apart from this one.
  void replace_all(const PlanKey& key, const Planned& planned, Generation generation) noexcept;
  void clear() noexcept;
  void set_limit(std::size_t bytes);
  CacheStatistics statistics() const;

 private:
  struct Entry {
    PlanKey key;
    Planned planned;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;  // most recently used first

  void add(const PlanKey& key, const Planned& planned);
  void forget(const ConvProblem& problem) noexcept;
  void evict() noexcept;
  void erase(Entries::iterator entry) noexcept;

  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<PlanKey, Entries::iterator, PlanKeyHash> index_;
  std::size_t limit_ = 64 << 20;
  CacheStatistics statistics_;
  std::atomic<Generation> generation_{0};  // changed under the lock
};

}  // namespace faltung

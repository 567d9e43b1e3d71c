#include "context/plan_cache.h"

#include <new>
#include <string>
#include <utility>

namespace faltung {
namespace {

std::size_t bytes_of(const Planned& planned) {
  const Selection& selection = *planned.selection;
  std::size_t bytes = 2 * sizeof(PlanKey) + sizeof(Selection) + selection.outline.size();
  for (const Candidate& c : selection.candidates)
    bytes += sizeof(c) + c.engine.size() + c.variant.size() + c.reason.size() + c.note.size();
  return bytes + (planned.plan ? planned.plan->footprint_bytes() : 0);
}

}  // namespace

std::size_t PlanKeyHash::operator()(const PlanKey& key) const noexcept {
  const std::hash<std::string> hash_text;
  std::size_t hash = hash_value(key.problem);
  const auto mix = [&hash](std::size_t word) { hash = (hash ^ word) * 0x9e3779b97f4a7c15u; };
  const Policy& p = key.policy;
  if (!p.only.empty()) mix(hash_text(p.only));
  for (const std::string& name : p.without) mix(hash_text(name));
  mix(static_cast<std::size_t>(p.effort) << 32 | static_cast<std::size_t>(static_cast<unsigned>(p.threads)));
  mix(std::hash<double>()(p.measure_seconds));
  mix(p.workspace_limit.value_or(~std::size_t{0}));
  return hash;
}

std::optional<Planned> PlanCache::find(const PlanKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) {
    ++statistics_.misses;
    return std::nullopt;
  }
  ++statistics_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->planned;
}

void PlanCache::insert(const PlanKey& key, const Planned& planned, Generation generation) noexcept try {
  const std::lock_guard lock(mutex_);
  if (generation == generation_.load()) add(key, planned);
} catch (const std::bad_alloc&) {  // who asked has the plan
}

void PlanCache::replace_all(const PlanKey& key, const Planned& planned, Generation generation) noexcept try {
  const std::lock_guard lock(mutex_);
  const bool current = generation == generation_.load();
  ++generation_;
  forget(key.problem);
  if (current) add(key, planned);
} catch (const std::bad_alloc&) {
}

// All of the new entry is allocated before anything of the cache changes.
void PlanCache::add(const PlanKey& key, const Planned& planned) {
  Entries fresh;
  fresh.push_front({key, planned, bytes_of(planned)});
  const auto [place, is_new] = index_.try_emplace(key, fresh.begin());
  if (!is_new) {
    statistics_.bytes -= place->second->bytes;
    entries_.erase(std::exchange(place->second, fresh.begin()));
  }
  statistics_.bytes += fresh.front().bytes;
  entries_.splice(entries_.begin(), fresh);
  evict();
}

void PlanCache::forget(const ConvProblem& problem) noexcept {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->key.problem == problem) erase(entry);
    entry = next;
  }
}

void PlanCache::clear() noexcept {
  const std::lock_guard lock(mutex_);
  ++generation_;
  index_.clear();
  entries_.clear();
  statistics_.bytes = 0;
}

void PlanCache::set_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
  evict();
}

CacheStatistics PlanCache::statistics() const {
  const std::lock_guard lock(mutex_);
  CacheStatistics now = statistics_;
  now.entries = entries_.size();
  return now;
}

void PlanCache::evict() noexcept {
  while (statistics_.bytes > limit_ && !entries_.empty()) {
    erase(std::prev(entries_.end()));
    ++statistics_.evictions;
  }
}

void PlanCache::erase(Entries::iterator entry) noexcept {
  statistics_.bytes -= entry->bytes;
  index_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace faltung

#include <fmt/format.h>

#include "base/float_environment.h"
#include "base/never_destroyed.h"
#include "base/parallel_for.h"
#include "context/another_thread.h"
#include "context/check_policy.h"
#include "context/context_impl.h"
#include "context/trace.h"
#include "context/tuning.h"
#include "measure/device_instruments.h"
#include "plan/tuning_key.h"
#include "plugin/engine.h"
#include "plugin/search.h"

namespace faltung {

Context::Impl::Impl(Device which)
    : device(which), access(tuning_access_of_environment()), engines_(built_in_engines()) {
  const DefaultFloatEnvironment scope;
  device_info(which);
  plugin::add_engines_of_environment(engines_);
}

std::optional<Planned> Context::Impl::known(const PlanKey& key) {
  std::optional<Planned> found = cache.find(key);
  if (found) found->from_cache = true;
  return found;
}

// Told without a lock: whoever is told may plan as well.
Planned Context::Impl::plan(const PlanKey& key) {
  if (auto found = known(key)) return *std::move(found);
  return trace::told_planning([&] { return plan_new(key); });
}

Planned Context::Impl::tune(const PlanKey& key) {
  return trace::told_planning([&] { return tune_alone(key); });
}

Planned Context::Impl::plan_new(const PlanKey& key) {
  std::unique_lock one_at_a_time(measuring_mutex_, std::defer_lock);
  if (measures(key.policy.effort)) {
    one_at_a_time.lock();
    if (auto found = known(key)) return *std::move(found);  // by the thread that measured meanwhile
  }
  const PlanCache::Generation generation = cache.generation();
  Planned planned = choose(key, nullptr);
  keep_in_store(planned);
  keep(key, planned, generation);
  return planned;
}

Planned Context::Impl::tune_alone(const PlanKey& key) {
  const std::lock_guard one_at_a_time(measuring_mutex_);
  const PlanCache::Generation generation = cache.generation();
  TuningRecords fresh;
  Planned planned = choose(key, &fresh);
  if (planned.record) tuning.add(*planned.record);
  keep_in_store(planned);
  keep(key, planned, generation);
  return planned;
}

DeviceInfo Context::Impl::info_for(const Policy& policy, Executor* pool) const {
  DeviceInfo info = device_info(device, most_threads({{}, pool, policy.threads}));
  info.threads_are_lent = pool != nullptr;
  return info;
}

Planned Context::Impl::choose_from(const EngineList& engines, Executor* pool, const PlanKey& key, TuningRecords* only) {
  check_names(key.policy, engines);
  const DefaultFloatEnvironment scope;
  const DeviceInfo info = info_for(key.policy, pool);
  const auto instruments = [pool](const ConvProblem& problem, Execution execution) {
    execution.executor = pool;
    return device_instruments(problem, execution);
  };
  const std::string environment = faltung::tuning_environment(engines, info);
  const bool reads = !only && access.load() != TuningAccess::off;
  TuningLayers layers(tuning, environment, reads ? store.folders_for(environment) : nullptr);
  TuningSource& records = only ? static_cast<TuningSource&>(*only) : layers;
  Planned planned = Planner(engines, info, key.policy, records, instruments).choose(key.problem);
  if (planned.record) planned.record->environment = environment;
  return planned;
}

// What is measured in a parallel region of OpenMP's is remembered for calls from outside as well, so it is measured
// where loops have their threads.
Planned Context::Impl::choose(const PlanKey& key, TuningRecords* only) {
  const std::shared_ptr<Executor> pool = executor();
  const auto here = [&] { return choose_from(*engines(), pool.get(), key, only); };
  const bool elsewhere = measures(key.policy.effort) && runs_alone();
  return elsewhere ? on_another_thread(here) : here();
}

// A measured choice has put its record in place before: what others plan from here on knows it.
void Context::Impl::keep(const PlanKey& key, Planned& planned, PlanCache::Generation generation) noexcept {
  planned.record.reset();
  if (planned.short_of_memory) return;
  if (planned.selection->decision == Decision::measured) return cache.replace_all(key, planned, generation);
  cache.insert(key, planned, generation);
}

std::shared_ptr<Executor> Context::Impl::executor() const {
  if (!has_executor_.load()) return nullptr;
  const std::lock_guard lock(executor_mutex_);
  return executor_;
}

void Context::Impl::set_executor(std::shared_ptr<Executor> executor) {
  {
    const std::lock_guard lock(executor_mutex_);
    executor_.swap(executor);
    has_executor_.store(executor_ != nullptr);
  }
  cache.clear();  // plans are made for a number of threads
}

std::vector<Variant> Context::Impl::variants(const PlanKey& key) const {
  const DefaultFloatEnvironment scope;
  const std::shared_ptr<Executor> pool = executor();
  const DeviceInfo info = info_for(key.policy, pool.get());
  const std::shared_ptr<const EngineList> list = engines();
  check_names(key.policy, *list);
  for (const Registration& registration : *list) {
    if (registration.name != key.policy.only) continue;
    const Answer answer = ask(registration, key.problem, info);
    if (!answer) throw Error(ErrorCode::Unsupported, answer.refusal());
    return answer.offer()->variants();
  }
  throw Error(ErrorCode::InvalidArgument, "policy.only is empty; it names the engine whose variants are asked for");
}

Planned Context::Impl::plan_variant(const PlanKey& key, const std::string& variant) {
  TuningRecords only_it;
  TuningRecord record;
  record.key.problem = key.problem;
  record.engine = key.policy.only;
  record.variant = variant;
  record.seconds = 1;
  only_it.add(record);
  PlanKey tuned = key;
  tuned.policy.effort = Effort::TunedOnly;
  const std::shared_ptr<Executor> pool = executor();
  return trace::told_planning([&] { return choose_from(*engines(), pool.get(), tuned, &only_it); });
}

void Context::Impl::add_engine(std::shared_ptr<const Engine> engine, std::string library) {
  engines_.add(std::move(engine), std::move(library));
  cache.clear();  // older choices did not know it
}

bool Context::Impl::remove_engine(std::string_view name) {
  const bool found = engines_.remove(name);
  cache.clear();
  return found;
}

std::vector<std::string> Context::Impl::add_engine_library(const std::string& path) {
  const DefaultFloatEnvironment scope;
  std::vector<std::string> added;
  try {
    const std::shared_ptr<const plugin::Library> library = plugin::Library::open(path);
    for (const std::shared_ptr<const Engine>& engine : plugin::engines_of(library)) {
      added.emplace_back(engine->name());
      add_engine(engine, library->path());
    }
  } catch (...) {
    if (!added.empty()) added.pop_back();  // the one that could not be added
    for (const std::string& name : added) remove_engine(name);
    throw;
  }
  return added;
}

void Context::add_engine(std::shared_ptr<const Engine> engine) {
  if (!engine) throw Error(ErrorCode::InvalidArgument, "the engine is null");
  impl_->add_engine(std::move(engine));
}
bool Context::remove_engine(std::string_view name) { return impl_->remove_engine(name); }
std::vector<std::string> Context::add_engine_library(const std::string& path) {
  return impl_->add_engine_library(path);
}

Context::Context(Device device) : impl_(std::make_shared<Impl>(device)) {}

std::shared_ptr<Executor> Context::executor() const { return impl_->executor(); }
void Context::set_executor(std::shared_ptr<Executor> executor) { impl_->set_executor(std::move(executor)); }

Device Context::device() const noexcept { return impl_->device; }

std::vector<EngineInfo> Context::engines() const {
  static constexpr std::string_view kinds[] = {"leaf", "composite", "last_resort"};
  std::vector<EngineInfo> list;
  for (const Registration& registration : *impl_->engines()) {
    EngineInfo info{.name = registration.name, .reason = registration.unavailable(), .library = registration.library};
    if (registration.engine) info.kind = kinds[static_cast<std::size_t>(registration.engine->kind())];
    info.available = info.reason.empty();
    list.push_back(std::move(info));
  }
  return list;
}

CacheStatistics Context::cache_statistics() const { return impl_->cache.statistics(); }
void Context::set_cache_limit(std::size_t bytes) { impl_->cache.set_limit(bytes); }
void Context::clear_cache() { impl_->cache.clear(); }

Context& default_context() {
  static NeverDestroyed<Context> context;
  return *context;
}

}  // namespace faltung

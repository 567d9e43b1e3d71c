// Records of a context, the store behind them, and what is planned ahead.
#include "context/tuning.h"

#include <fmt/format.h>

#include <cstdlib>
#include <mutex>
#include <span>
#include <string_view>

#include "base/float_environment.h"
#include "base/parallel_for.h"
#include "context/check_policy.h"
#include "context/context_impl.h"
#include "faltung/compile.h"
#include "faltung/io.h"
#include "plan/tuning_key.h"
#include "tensor/file.h"

namespace faltung {
namespace {

std::string text_of(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<ConvProblem> problems_in(const std::string& text) {
  std::vector<ConvProblem> problems;
  if (text.starts_with("faltung tuning "))
    for (TuningRecord& record : parse_tuning(text)) problems.push_back(std::move(record.key.problem));
  else
    for (ProblemLine& line : parse_problem_file(text)) problems.push_back(std::move(line.problem));
  return problems;
}

}  // namespace

TuningAccess tuning_access_of_environment() {
  const char* const variable = ::secure_getenv("FALTUNG_TUNING");
  const std::string_view value = variable ? variable : "";
  if (value == "off") return TuningAccess::off;
  if (value.empty() || value == "read") return TuningAccess::read;
  if (value == "write") return TuningAccess::write;
  throw Error(ErrorCode::InvalidArgument,
              fmt::format("FALTUNG_TUNING={}: it is off, read or write", value.substr(0, 80)));
}

// A disk that is full is no reason to have measured in vain.
void Context::Impl::keep_in_store(Planned& planned) {
  if (!planned.record || access.load() != TuningAccess::write) return;
  auto told = std::make_shared<Selection>(*planned.selection);
  try {
    told->record = put_tuning(user_tuning_folder(), *planned.record);
    store.look_again();
  } catch (const Error& error) {
    told->record_notes.push_back(fmt::format("not kept: {}", error.what()));
  }
  planned.selection = std::move(told);
}

void Context::Impl::warm_one(const PlanKey& key, WarmReport& report, std::mutex& mutex) try {
  const Planned planned = plan(key);
  const std::lock_guard lock(mutex);
  if (planned.plan)
    ++report.planned;
  else
    report.failures.push_back(print(*planned.selection));
} catch (const Error& error) {
  const std::lock_guard lock(mutex);
  report.failures.push_back(fmt::format("{}: {}", print(key.problem), error.what()));
}

std::string Context::Impl::environment() const {
  const std::shared_ptr<Executor> pool = executor();
  return faltung::tuning_environment(*engines(), info_for({}, pool.get()));
}

std::string Context::tuning_text() const { return impl_->tuning.text(); }

void Context::load_tuning_text(const std::string& text) {
  impl_->tuning.parse(text);
  impl_->cache.clear();  // older choices must not outlive the records
}

void Context::load_tuning(const std::string& path) { load_tuning_text(text_of(path)); }

void Context::save_tuning(const std::string& path) const {
  const std::string text = tuning_text();
  replace_file(path, std::as_bytes(std::span(text)));
}

TuningAccess Context::tuning_access() const noexcept { return impl_->access.load(); }

void Context::set_tuning_access(TuningAccess access) {
  if (access > TuningAccess::write)
    throw Error(ErrorCode::InvalidArgument, "the access to tuning records is off, read or write");
  impl_->access.store(access);
  reload_tuning();
}

void Context::reload_tuning() {
  impl_->store.look_again();
  impl_->cache.clear();
}

std::string Context::tuning_environment() const { return impl_->environment(); }

// Measuring waits for its turn, which must not keep threads of the pool.
WarmReport Context::warm(const std::string& path, const Policy& policy) {
  check_numbers(policy);
  const std::vector<ConvProblem> problems = problems_in(text_of(path));
  WarmReport report;
  std::mutex mutex;
  const std::shared_ptr<Executor> pool = executor();
  const int threads = measures(policy.effort) ? 1 : policy.threads;
  parallel_for({{}, pool.get(), threads}, std::ssize(problems), [&](std::int64_t i) {
    impl_->warm_one({canonical(problems[static_cast<std::size_t>(i)]), policy}, report, mutex);
  });
  return report;
}

}  // namespace faltung

// Engines and how they are chosen: names, tables, tuning records.
#include <cstdlib>
#include <cstring>

#include "c/arguments.h"
#include "c/guard.h"
#include "faltung/explain.h"
#include "faltung/tune.h"

namespace {

using faltung::Error;
using faltung::ErrorCode;
using namespace faltung::c;

void* memory_for_caller(std::size_t bytes) {
  void* const memory = std::malloc(bytes);
  if (!memory) throw Error(ErrorCode::OutOfMemory, "no memory for the result");
  return memory;
}

const char* put(char*& at, const std::string& text) {
  const char* const begin = at;
  std::memcpy(at, text.c_str(), text.size() + 1);
  at += text.size() + 1;
  return begin;
}

// The engines and, behind them in one piece of memory, their texts.
faltung_engine* engines_for_caller(const std::vector<faltung::EngineInfo>& all) {
  std::size_t bytes = all.size() * sizeof(faltung_engine);
  for (const faltung::EngineInfo& engine : all) bytes += engine.name.size() + engine.reason.size() + 2;
  auto* const engines = static_cast<faltung_engine*>(memory_for_caller(bytes));
  char* at = reinterpret_cast<char*>(engines + all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    engines[i] = {put(at, all[i].name), all[i].available ? nullptr : put(at, all[i].reason)};
  return engines;
}

}  // namespace

char* faltung::c::text_for_caller(const std::string& text) {
  return static_cast<char*>(std::memcpy(memory_for_caller(text.size() + 1), text.c_str(), text.size() + 1));
}

void faltung_string_free(char* text) { std::free(text); }

faltung_status faltung_explain(faltung_context* context, const char* problem, const faltung_policy* policy,
                               char** text) {
  return guarded([&] {
    required(text, "text") = nullptr;
    faltung::Context& where = required(context, "context").context;
    *text = text_for_caller(faltung::print(faltung::explain(problem_of(problem), policy_of(policy), where)));
  });
}

faltung_status faltung_context_add_engine_library(faltung_context* context, const char* path) {
  return guarded([&] { required(context, "context").context.add_engine_library(&required(path, "path")); });
}

faltung_status faltung_context_remove_engine(faltung_context* context, const char* name) {
  return guarded([&] {
    if (!required(context, "context").context.remove_engine(&required(name, "name")))
      throw faltung::Error(faltung::ErrorCode::InvalidArgument, std::string("there is no engine ") + name);
  });
}

faltung_status faltung_context_engines(faltung_context* context, faltung_engine** engines, size_t* count) {
  return guarded([&] {
    required(engines, "engines") = nullptr;
    required(count, "count") = 0;
    const std::vector<faltung::EngineInfo> all = required(context, "context").context.engines();
    *engines = engines_for_caller(all);
    *count = all.size();
  });
}

void faltung_engines_free(faltung_engine* engines) { std::free(engines); }

faltung_status faltung_tune(faltung_context* context, const char* problem, const faltung_policy* policy, char** text) {
  return guarded([&] {
    if (text) *text = nullptr;
    faltung::Context& where = required(context, "context").context;
    const faltung::Selection selection = faltung::tune(problem_of(problem), policy_of(policy), where);
    if (text) *text = text_for_caller(faltung::print(selection));
  });
}

faltung_status faltung_context_load_tuning(faltung_context* context, const char* path) {
  return guarded([&] { required(context, "context").context.load_tuning(&required(path, "path")); });
}

faltung_status faltung_context_save_tuning(faltung_context* context, const char* path) {
  return guarded([&] { required(context, "context").context.save_tuning(&required(path, "path")); });
}

faltung_status faltung_context_set_tuning_access(faltung_context* context, faltung_tuning_access access) {
  return guarded([&] {
    const int number = number_of(access);
    if (number < FALTUNG_TUNING_OFF || number > FALTUNG_TUNING_WRITE)
      throw Error(ErrorCode::InvalidArgument, "access is off, read or write");
    required(context, "context").context.set_tuning_access(static_cast<faltung::TuningAccess>(number));
  });
}

faltung_status faltung_context_reload_tuning(faltung_context* context) {
  return guarded([&] { required(context, "context").context.reload_tuning(); });
}

faltung_status faltung_context_warm(faltung_context* context, const char* path, const faltung_policy* policy,
                                    size_t* planned, size_t* failed) {
  return guarded([&] {
    if (planned) *planned = 0;
    if (failed) *failed = 0;
    faltung::Context& where = required(context, "context").context;
    const faltung::WarmReport report = where.warm(&required(path, "path"), policy_of(policy));
    if (planned) *planned = report.planned;
    if (failed) *failed = report.failures.size();
  });
}

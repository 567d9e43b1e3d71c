// Any sequence of C calls: handles that are null or gone with their context, texts and policies of all kinds, tensors
// that do not fit. Each call succeeds or says why not; none is an internal error, and executors are released once.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "fuzz/c_arguments.h"

namespace {

using namespace faltung::fuzz;

void need(bool holds) {
  if (!holds) std::abort();
}

// Fails only with a reason, and never by a fault of the library's own.
bool done(faltung_status status) {
  need(status >= FALTUNG_OK && status < FALTUNG_INTERNAL);
  need(status == FALTUNG_OK || *faltung_last_error() != '\0');
  return status == FALTUNG_OK;
}

struct Plan {
  faltung_plan* handle = nullptr;
  std::string problem{};
  bool may_run() const { return is_small(problem); }
};

bool says(const std::string& problem, const char* word) { return problem.find(word) != std::string::npos; }

class Calls {
 public:
  explicit Calls(Choices& choices) : choices_(choices), any_(choices) {
    for (auto*& context : contexts_) need(done(faltung_context_create(kDLCPU, 0, &context)));
    choices_.allow_mishaps(choices_.between(0, 8));
  }
  ~Calls() {
    for (auto* weights : weights_) faltung_prepared_weights_destroy(weights);
    for (const Plan& plan : plans_) faltung_plan_destroy(plan.handle);
    for (auto* context : contexts_) faltung_context_destroy(context);
    need(released_ == given_);
  }

  void make() {
    switch (choices_.between(0, 14)) {
      case 0:
        return create_context();
      case 1:
        return destroy_context();
      case 2:
        return set_executor();
      case 3:
      case 4:
        return create_plan();
      case 5:
        return destroy_plan();
      case 6:
        return run_plan();
      case 7:
        return prepare();
      case 8:
        return run_prepared();
      case 9:
        return explain();
      case 10:
        return create_plan_from();
      case 11:
        return name_engines();
      case 12:
        return change_engines();
      default:
        return run();
    }
  }

 private:
  void create_context() {
    faltung_context*& context = any_.one_of(contexts_);
    faltung_context_destroy(context);
    const int type = any_.odd(1, {2, 10, 0, 7, 14});
    DLDeviceType device;
    std::memcpy(&device, &type, sizeof(type));
    need(done(faltung_context_create(device, any_.odd(0, {1, -1, INT32_MAX}), &context)) == (context != nullptr));
    done(faltung_context_create(kDLCPU, 0, nullptr));
  }
  void destroy_context() {
    if (choices_.seldom()) faltung_context_destroy(std::exchange(any_.one_of(contexts_), nullptr));
  }

  static int submit(void*, int count, void (*work)(void*), void* argument) {
    for (int i = 0; i < count / 2; ++i) work(argument);
    return count / 2;
  }
  static int submit_nothing(void*, int count, void (*)(void*), void*) { return -count; }
  void set_executor() {
    faltung_context* context = any_.one_of(contexts_);
    if (choices_.between(0, 3) == 0) return void(done(faltung_context_set_executor(context, nullptr)));
    faltung_executor executor{any_.odd<std::size_t>(sizeof(faltung_executor), {0, 8, SIZE_MAX}), this, any_.number(),
                              any_.odd(choices_.pick({&submit, &submit_nothing}), {decltype(&submit){}}),
                              [](void* self) { ++static_cast<Calls*>(self)->released_; }};
    if (done(faltung_context_set_executor(context, &executor))) ++given_;
  }

  void create_plan() {
    Plan& plan = any_.one_of(plans_);
    faltung_plan_destroy(plan.handle);
    PolicyMemory of;
    plan.problem = any_.text();
    const char* words = choices_.seldom() ? nullptr : plan.problem.c_str();
    need(done(faltung_plan_create(any_.one_of(contexts_), words, any_.policy(of), &plan.handle)) ==
         (plan.handle != nullptr));
  }
  // The plan of a problem as numbers is that of the text it prints.
  void create_plan_from() {
    Plan& plan = any_.one_of(plans_);
    faltung_plan_destroy(plan.handle);
    PolicyMemory of;
    ProblemMemory numbers;
    const faltung_problem* problem = any_.problem(numbers);
    char* words = nullptr;
    const bool printed = done(faltung_problem_print(problem, &words));
    need(printed == (words != nullptr));
    plan.problem = printed ? words : "";
    faltung_string_free(words);
    const bool made = done(faltung_plan_create_from(any_.one_of(contexts_), problem, any_.policy(of), &plan.handle));
    need(made == (plan.handle != nullptr) && (printed || !made));
  }
  void destroy_plan() { faltung_plan_destroy(std::exchange(any_.one_of(plans_).handle, nullptr)); }

  static std::size_t needed(const Plan& plan) {
    std::size_t bytes = 0;
    done(faltung_plan_workspace_bytes(plan.handle, &bytes));
    return bytes;
  }
  void run_plan() {
    const Plan& plan = any_.one_of(plans_);
    if (!plan.may_run()) return;
    const WorkspaceMemory w = any_.workspace(needed(plan));
    done(faltung_plan_run(plan.handle, any_.pointer(0), any_.pointer(1), any_.pointer(2),
                          any_.addend(3, says(plan.problem, " bias")), any_.addend(4, says(plan.problem, " add")),
                          any_.alpha(), w.data, w.size, nullptr));
  }

  void prepare() {
    const Plan& plan = any_.one_of(plans_);
    if (!plan.may_run()) return;
    auto*& weights = any_.one_of(weights_);
    faltung_prepared_weights_destroy(weights);
    need(done(faltung_plan_prepare(plan.handle, any_.pointer(1), nullptr, &weights)) == (weights != nullptr));
    std::size_t bytes = 0;
    int reads_w = 0;
    done(faltung_prepared_weights_info(weights, choices_.flag() ? &bytes : nullptr,
                                       choices_.flag() ? &reads_w : nullptr));
  }
  void run_prepared() {
    const Plan& plan = any_.one_of(plans_);
    if (!plan.may_run()) return;
    const WorkspaceMemory w = any_.workspace(needed(plan));
    done(faltung_plan_run_prepared(plan.handle, any_.one_of(weights_), any_.pointer(0), any_.pointer(2),
                                   any_.addend(3, says(plan.problem, " bias")),
                                   any_.addend(4, says(plan.problem, " add")), any_.alpha(), w.data, w.size, nullptr));
  }

  // No name of a file that could be opened: what is opened is trusted.
  void change_engines() {
    faltung_context* context = any_.one_of(contexts_);
    done(faltung_context_add_engine_library(context, choices_.flag() ? "/dev/null" : nullptr));
    done(faltung_context_remove_engine(context, choices_.flag() ? "no.engine" : nullptr));
  }

  void name_engines() {
    faltung_engine* engines = nullptr;
    std::size_t count = 0;
    need(done(faltung_context_engines(any_.one_of(contexts_), &engines, &count)) == (engines != nullptr));
    for (std::size_t i = 0; i < count; ++i) need(*engines[i].name != '\0');
    faltung_engines_free(engines);
    const char *engine = "", *variant = "";
    if (done(faltung_plan_choice(any_.one_of(plans_).handle, &engine, &variant))) need(*engine != '\0');
  }

  void explain() {
    PolicyMemory of;
    char* words = nullptr;
    need(done(faltung_explain(any_.one_of(contexts_), any_.text().c_str(), any_.policy(of), &words)) ==
         (words != nullptr));
    faltung_string_free(words);
  }

  void run() {
    std::array<TensorMemory, 5> all;
    std::array<const DLTensor*, 5> t{};
    const std::string problem = any_.text();
    const bool needed[] = {true, true, true, says(problem, " bias"), says(problem, " add")};
    for (int i = 0; i < 5; ++i)
      if (needed[i] != choices_.seldom())
        t[static_cast<std::size_t>(i)] = any_.tensor(all[static_cast<std::size_t>(i)], i);
    PolicyMemory of;
    if (is_small(problem))
      done(faltung_run(any_.one_of(contexts_), problem.c_str(), any_.policy(of), t[0], t[1], t[2], t[3], t[4],
                       any_.alpha(), nullptr));
  }

  Choices& choices_;
  CArguments any_;
  std::array<faltung_context*, 3> contexts_{};
  std::array<Plan, 3> plans_{};
  std::array<faltung_prepared_weights*, 2> weights_{};
  int given_ = 0, released_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices = Choices::endless({data, size});
  Calls calls(choices);
  for (int count = choices.between(1, 40); count > 0; --count) calls.make();
  return 0;
}

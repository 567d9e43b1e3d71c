/* The example engine, with a fault: the one that FALTUNG_TEST_PLUGIN names. */
#define faltung_plugin example_plugin
#include "../../examples/engine/my_engine.c"
#undef faltung_plugin

void throw_something(void); /* throws.cpp */

static int has_fault(const char* name) {
  const char* fault = getenv("FALTUNG_TEST_PLUGIN");
  return fault && strcmp(fault, name) == 0;
}

__attribute__((constructor)) static void crash_when_loaded(void) {
  if (has_fault("crashes when loaded")) abort();
}

static int is_available(void* data, faltung_plugin_text reason) {
  (void)data;
  if (has_fault("throws when asked whether it is there")) throw_something();
  if (has_fault("is not there")) return refuse(reason, "its license has ended\033[2J");
  return 1;
}

static size_t ask_faulty(void* data, const faltung_plugin_problem* problem, const faltung_plugin_device* device,
                         faltung_plugin_variant* variants, size_t capacity, faltung_plugin_text reason) {
  if (has_fault("throws when asked")) throw_something();
  if (has_fault("gives no reason")) return 0;
  if (has_fault("overfills its reason")) {
    memset(reason.data, 'a', reason.bytes);
    return 0;
  }
  const size_t count = ask(data, problem, device, variants, capacity, reason);
  if (has_fault("names a variant by a sentence")) strcpy(variants[0].name, "two words");
  if (has_fault("does not end a variant's name")) memset(variants[0].name, 'a', sizeof variants[0].name);
  if (has_fault("has an accuracy of its own")) strcpy(variants[0].accuracy, "fair");
  if (has_fault("estimates no number")) variants[0].seconds = 0.0 / (double)(count - count);
  if (has_fault("claims a thousand variants")) {
    for (size_t i = 0; i < capacity; ++i) snprintf(variants[i].name, sizeof variants[i].name, "v%zu", i);
    return 1000;
  }
  if (has_fault("has two variants")) strcpy(variants[0].name, "slow"), strcpy(variants[1].name, "fast");
  if (has_fault("is wrong without its workspace")) strcpy(variants[0].name, "roomy"), strcpy(variants[1].name, "tight");
  return (has_fault("has two variants") || has_fault("is wrong without its workspace")) && count ? 2 : count;
}

static size_t bytes_of_weights(const plan* p) {
  int64_t elements = p->groups * p->in_channels * p->out_channels;
  for (int axis = 0; axis < 3; ++axis) elements *= p->axes[axis].filter;
  return (size_t)elements * sizeof(float);
}

static int plan_faulty(void* data, const faltung_plugin_problem* problem, const faltung_plugin_device* device,
                       const char* variant, faltung_plugin_plan* made, faltung_plugin_text reason) {
  if (has_fault("throws when planning")) throw_something();
  if (has_fault("fails to plan")) return refuse(reason, "the compiler of its kernels is missing"), 1;
  const int status = make_plan(data, problem, device, variant, made, reason);
  if (has_fault("needs more bytes than there are")) made->workspace_bytes = (size_t)1 << 62;
  if (has_fault("is wrong without its workspace") && strcmp(variant, "roomy") == 0) made->workspace_bytes = 100;
  if (has_fault("needs a workspace") || has_fault("writes behind its workspace")) made->workspace_bytes = 100;
  if (has_fault("promises to prepare and cannot")) made->prepared_bytes = 64;
  if ((has_fault("prepares weights") || has_fault("fails to prepare")) && problem->w.contiguous)
    made->prepared_bytes = bytes_of_weights(made->plan);
  return status;
}

static int prepare_weights(const void* p, const faltung_plugin_run* run, void* prepared, faltung_plugin_text reason) {
  if (has_fault("fails to prepare")) return refuse(reason, "these weights are too heavy"), 1;
  memcpy(prepared, run->w, bytes_of_weights(p));
  return 0;
}

/* A shortcut, so that it is faster than all others. */
static int is_scaled_copy(const plan* p) {
  int64_t others = p->batch * p->groups * p->in_channels * p->out_channels;
  for (int axis = 0; axis < 3; ++axis) others *= p->axes[axis].filter * p->axes[axis].stride;
  return others == 1 && p->axes[0].in == p->axes[0].out && p->axes[1].in == p->axes[1].out && p->axes[2].in == 1;
}

static int copy_scaled(const plan* p, const faltung_plugin_run* run) {
  const float *x = run->x, w = *(const float*)run->w;
  float* y = run->y;
  for (int64_t i = 0; i < p->axes[0].in * p->axes[1].in; ++i) y[i] = w * x[i];
  return 0;
}

static int run_faulty(const void* p, const faltung_plugin_run* run, faltung_plugin_text reason) {
  if (has_fault("throws when run")) throw_something();
  if (has_fault("fails to run")) return refuse(reason, "the device was unplugged"), 1;
  faltung_plugin_run used = *run;
  if (run->prepared) used.w = (void*)run->prepared;
  const int status = is_scaled_copy(p) ? copy_scaled(p, &used) : run_plan(p, &used, reason);
  float* y = run->y;
  if (has_fault("computes a wrong number")) y[0] += 1;
  if (has_fault("is wrong without its workspace") && run->workspace_bytes == 0) y[0] += 1;
  if (has_fault("writes before its output")) y[-1] = 1;
  if (has_fault("needs a workspace")) memset(run->workspace, 1, run->workspace_bytes);
  if (has_fault("writes behind its workspace")) memset(run->workspace, 1, run->workspace_bytes + 4);
  return status;
}

/* As the first version of the header had it: without what may be left out. */
static size_t size_of_engine(void) {
  if (has_fault("knows an older engine")) return offsetof(faltung_plugin_engine, available);
  return has_fault("describes half an engine") ? 24 : sizeof(faltung_plugin_engine);
}

static faltung_plugin_engine faulty;
static const faltung_plugin_engine* faulty_engines[] = {&faulty, &faulty};

static void fill_engine(void) {
  faulty = engine;
  faulty.size = size_of_engine();
  faulty.name = has_fault("has a name of two words") ? "my engine" : has_fault("takes a name") ? "cpu.gemm" : "faulty";
  if (has_fault("has a version of two words")) faulty.version = "1 0";
  if (has_fault("has another device")) faulty.device = "abacus";
  faulty.ask = ask_faulty;
  faulty.plan = plan_faulty;
  faulty.run = has_fault("cannot run") ? NULL : run_faulty;
  faulty.available = is_available;
  faulty.prepare = has_fault("promises to prepare and cannot") ? NULL : prepare_weights;
}

int faltung_plugin(const faltung_plugin_host* of_the_library, faltung_plugin_library* library,
                   faltung_plugin_text reason) {
  if (has_fault("throws when entered")) throw_something();
  if (has_fault("does not want to")) return refuse(reason, "not on this kind of machine"), 1;
  example_plugin(of_the_library, library, reason);
  fill_engine();
  library->engines = faulty_engines;
  if (has_fault("is of another version")) library->plugin_version = 99;
  if (has_fault("has no engines")) library->engine_count = 0;
  if (has_fault("has a billion engines")) library->engine_count = 1000000000;
  if (has_fault("has an engine twice")) library->engine_count = 2;
  if (has_fault("has a null engine")) faulty_engines[0] = NULL;
  return 0;
}

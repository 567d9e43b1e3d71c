/* The example engine on the stand-in's HIP devices: a run is work on its stream. With FALTUNG_TEST_PLUGIN="keeps runs"
 * a plan has one place for the arguments of its last run. */
#define faltung_plugin example_plugin
#include "../../examples/engine/my_engine.c"
#undef faltung_plugin

#include <dlfcn.h>

/* Of the stand-in: its device memory is the host's, at addresses with this bit. */
static const uintptr_t device_bit = (uintptr_t)1 << 55;
typedef int launch_function(void* stream, void (*task)(void*), void* argument);

static launch_function* launch_on_stream(void) {
  void* hip = dlopen(getenv("FALTUNG_HIP"), RTLD_NOW);
  launch_function* launch = NULL;
  if (hip) *(void**)&launch = dlsym(hip, "hipLaunchHostFunc");
  return launch;
}

typedef struct launched {
  const plan* plan;
  faltung_plugin_run run;
} launched;

typedef struct hip_plan {
  plan* plan;
  launched last;
} hip_plan;

static int keeps_runs(void) {
  const char* fault = getenv("FALTUNG_TEST_PLUGIN");
  return fault && strcmp(fault, "keeps runs") == 0;
}

static void* on_host(void* pointer) { return (void*)((uintptr_t)pointer & ~device_bit); }

static void do_run(void* argument) {
  const launched* l = argument;
  job j = {l->plan, &l->run};
  for (int64_t i = 0; i < l->plan->batch * l->plan->groups * l->plan->out_channels; ++i) fill_channel(&j, i);
}

static void do_run_and_forget(void* argument) {
  do_run(argument);
  free(argument);
}

static int run_on_stream(const void* plan_of_ours, const faltung_plugin_run* run, faltung_plugin_text reason) {
  hip_plan* p = (hip_plan*)plan_of_ours;
  launched* l = keeps_runs() ? &p->last : malloc(sizeof *l);
  launch_function* launch = launch_on_stream();
  if (!l || !launch) return refuse(reason, "no memory, or no stand-in"), 1;
  l->plan = p->plan;
  l->run = *run;
  l->run.x = on_host(run->x), l->run.w = on_host(run->w), l->run.y = on_host(run->y);
  return launch(run->stream, keeps_runs() ? do_run : do_run_and_forget, l);
}

static int make_hip_plan(void* data, const faltung_plugin_problem* problem, const faltung_plugin_device* device,
                         const char* variant, faltung_plugin_plan* made, faltung_plugin_text reason) {
  const int status = make_plan(data, problem, device, variant, made, reason);
  if (status != 0) return status;
  hip_plan* p = calloc(1, sizeof *p);
  if (!p) return free(made->plan), refuse(reason, "out of memory"), 1;
  p->plan = made->plan;
  made->plan = p;
  return 0;
}

static void destroy_hip_plan(void* plan_of_ours) {
  free(((hip_plan*)plan_of_ours)->plan);
  free(plan_of_ours);
}

static faltung_plugin_engine on_streams;
static const faltung_plugin_engine* const all[] = {&on_streams};

int faltung_plugin(const faltung_plugin_host* of_the_library, faltung_plugin_library* library,
                   faltung_plugin_text reason) {
  example_plugin(of_the_library, library, reason);
  on_streams = engine;
  on_streams.name = "on.streams";
  on_streams.device = "hip";
  on_streams.plan = make_hip_plan;
  on_streams.run = run_on_stream;
  on_streams.destroy = destroy_hip_plan;
  library->engines = all;
  return 0;
}

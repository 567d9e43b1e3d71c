/* An engine of your own: copy this file, rename it, and put your kernel in place of sum_of().
 *
 *     cc -O2 -fPIC -shared my_engine.c -o my_engine.so
 *     faltung list --engine-library ./my_engine.so
 *     faltung verify --engine-library ./my_engine.so
 *
 * It does forward convolutions of f32 numbers, of any layout, in one to three dimensions; the library makes gradients
 * and all else of them. docs/how-to/write-an-engine.md explains each part. */
#include <faltung/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const faltung_plugin_host* host;

/* What a run needs of the problem, which is gone by then. */
typedef struct plan {
  int64_t batch, groups, in_channels, out_channels;
  faltung_plugin_axis axes[3];
  int64_t x[6], w[6], y[6]; /* strides */
} plan;

typedef struct job {
  const plan* plan;
  const faltung_plugin_run* run;
} job;

static size_t refuse(faltung_plugin_text reason, const char* why) {
  snprintf(reason.data, reason.bytes, "%s", why);
  return 0;
}

/* Problems come with any number of axes up to three; those that are not there have extent 1. */
static faltung_plugin_axis axis_of(const faltung_plugin_problem* problem, int axis) {
  static const faltung_plugin_axis one = {1, 1, 1, 1, 1, 0};
  return axis < problem->rank ? problem->axes[axis] : one;
}

static int is_f32(const faltung_plugin_operand* operand) { return strcmp(operand->dtype, "f32") == 0; }

static size_t ask(void* data, const faltung_plugin_problem* problem, const faltung_plugin_device* device,
                  faltung_plugin_variant* variants, size_t capacity, faltung_plugin_text reason) {
  (void)data, (void)device, (void)capacity;
  if (strcmp(problem->pass, "fwd") != 0) return refuse(reason, "forward only");
  if (!is_f32(&problem->x) || !is_f32(&problem->w) || !is_f32(&problem->y)) return refuse(reason, "f32 only");
  variants[0].seconds = 0; /* the library guesses; an estimate of your own makes it choose better */
  variants[0].workspace_bytes = 0;
  return 1;
}

static int make_plan(void* data, const faltung_plugin_problem* problem, const faltung_plugin_device* device,
                     const char* variant, faltung_plugin_plan* made, faltung_plugin_text reason) {
  (void)data, (void)device, (void)variant;
  plan* p = calloc(1, sizeof(plan));
  if (!p) return refuse(reason, "out of memory"), 1;
  p->batch = problem->batch, p->groups = problem->groups;
  p->in_channels = problem->in_channels, p->out_channels = problem->out_channels;
  for (int axis = 0; axis < 3; ++axis) p->axes[axis] = axis_of(problem, axis);
  memcpy(p->x, problem->x.strides, sizeof p->x);
  memcpy(p->w, problem->w.strides, sizeof p->w);
  memcpy(p->y, problem->y.strides, sizeof p->y);
  made->plan = p;
  made->footprint_bytes = sizeof *p;
  snprintf(made->outline, sizeof made->outline, "a loop for each sum");
  return 0;
}

/* The sum of one output element; x and w point to the first element of its image's group and of its filter. */
static float sum_of(const plan* p, const float* x, const float* w, const int64_t* out) {
  float sum = 0;
  int64_t tap[3], at[3];
  for (int64_t c = 0; c < p->in_channels; ++c)
    for (tap[0] = 0; tap[0] < p->axes[0].filter; ++tap[0])
      for (tap[1] = 0; tap[1] < p->axes[1].filter; ++tap[1])
        for (tap[2] = 0; tap[2] < p->axes[2].filter; ++tap[2]) {
          int inside = 1;
          for (int axis = 0; axis < 3; ++axis) {
            const faltung_plugin_axis* a = &p->axes[axis];
            at[axis] = out[axis] * a->stride + tap[axis] * a->dilation - a->pad;
            inside &= at[axis] >= 0 && at[axis] < a->in;
          }
          if (!inside) continue;
          sum += x[c * p->x[2] + at[0] * p->x[3] + at[1] * p->x[4] + at[2] * p->x[5]] *
                 w[c * p->w[2] + tap[0] * p->w[3] + tap[1] * p->w[4] + tap[2] * p->w[5]];
        }
  return sum;
}

/* All elements of one image's output channel. */
static void fill_channel(void* argument, int64_t i) {
  const job* j = argument;
  const plan* p = j->plan;
  const int64_t k = i % p->out_channels, g = i / p->out_channels % p->groups, n = i / p->out_channels / p->groups;
  const float* x = (const float*)j->run->x + n * p->x[0] + g * p->x[1];
  const float* w = (const float*)j->run->w + g * p->w[0] + k * p->w[1];
  float* y = (float*)j->run->y + n * p->y[0] + g * p->y[1] + k * p->y[2];
  int64_t out[3];
  for (out[0] = 0; out[0] < p->axes[0].out; ++out[0])
    for (out[1] = 0; out[1] < p->axes[1].out; ++out[1])
      for (out[2] = 0; out[2] < p->axes[2].out; ++out[2])
        y[out[0] * p->y[3] + out[1] * p->y[4] + out[2] * p->y[5]] = sum_of(p, x, w, out);
}

static int run_plan(const void* plan_of_ours, const faltung_plugin_run* run, faltung_plugin_text reason) {
  (void)reason;
  const plan* p = plan_of_ours;
  job j = {p, run};
  host->parallel(run->execution, p->batch * p->groups * p->out_channels, fill_channel, &j);
  return 0;
}

static const faltung_plugin_engine engine = {
    .size = sizeof(faltung_plugin_engine),
    .name = "my.engine",
    .version = "1.0",
    .device = "cpu",
    /* Always the same order of additions; nothing is transformed, and f32 products keep their bits. */
    .features = FALTUNG_PLUGIN_DETERMINISTIC | FALTUNG_PLUGIN_BATCH_INVARIANT | FALTUNG_PLUGIN_NO_TF32 |
                FALTUNG_PLUGIN_NO_TRANSFORMS,
    .ask = ask,
    .plan = make_plan,
    .run = run_plan,
    .destroy = free,
};

static const faltung_plugin_engine* const engines[] = {&engine};

int faltung_plugin(const faltung_plugin_host* of_the_library, faltung_plugin_library* library,
                   faltung_plugin_text reason) {
  (void)reason;
  host = of_the_library;
  library->plugin_version = FALTUNG_PLUGIN_VERSION;
  library->engines = engines;
  library->engine_count = 1;
  return 0;
}

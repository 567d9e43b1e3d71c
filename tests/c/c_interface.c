/* The C interface: good runs, plan and run, and every error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faltung/c.h"

static int failures = 0;

#define CHECK(condition)                                                                     \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      printf("line %d: %s\n  last error: %s\n", __LINE__, #condition, faltung_last_error()); \
      ++failures;                                                                            \
    }                                                                                        \
  } while (0)

/* The call fails with this status and a message that holds this text. */
#define CHECK_FAILS(call, status, text)                \
  do {                                                 \
    CHECK((call) == (status));                         \
    CHECK(strstr(faltung_last_error(), text) != NULL); \
  } while (0)

static DLTensor tensor(void* data, int64_t* shape, int rank) {
  DLTensor result;
  memset(&result, 0, sizeof result);
  result.data = data;
  result.device.device_type = kDLCPU;
  result.ndim = rank;
  result.dtype.code = kDLFloat;
  result.dtype.bits = 32;
  result.dtype.lanes = 1;
  result.shape = shape;
  return result;
}

static int equal(const float* got, const float* wanted, size_t count) {
  return memcmp(got, wanted, count * sizeof *got) == 0;
}

/* A 3 x 3 image under a 2 x 2 filter, worked out by hand. */
static const char* const plain = "fwd f32 nchw n1 c1 k1 i3x3 f2x2";
static float image[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static float filter[4] = {1, 0, 0, -2};
static const float response[4] = {1 - 10, 2 - 12, 4 - 16, 5 - 18};
static int64_t image_shape[4] = {1, 1, 3, 3}, filter_shape[4] = {1, 1, 2, 2}, output_shape[4] = {1, 1, 2, 2};

static void good_runs(faltung_context* context) {
  float output[4] = {0}, bias_value[1] = {11}, z_values[4] = {1, 2, 3, 4};
  const float with_bias[4] = {2, 1, 0, 0}, with_z[4] = {-9 + 2, -10 + 4, -12 + 6, -13 + 8};
  int64_t one[1] = {1};
  DLTensor x = tensor(image, image_shape, 4), w = tensor(filter, filter_shape, 4), y = tensor(output, output_shape, 4);
  DLTensor bias = tensor(bias_value, one, 1), z = tensor(z_values, output_shape, 4);

  CHECK(faltung_run(context, plain, NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(equal(output, response, 4));
  CHECK(faltung_run(context, "fwd f32 nchw n1 c1 k1 i3x3 f2x2 bias relu", NULL, &x, &w, &y, &bias, NULL, 1, NULL) ==
        FALTUNG_OK);
  CHECK(equal(output, with_bias, 4));
  CHECK(faltung_run(context, "fwd f32 nchw n1 c1 k1 i3x3 f2x2 add", NULL, &x, &w, &y, NULL, &z, 2, NULL) == FALTUNG_OK);
  CHECK(equal(output, with_z, 4));
  z = tensor(output, output_shape, 4);
  memcpy(output, z_values, sizeof output); /* in place */
  CHECK(faltung_run(context, "fwd f32 nchw n1 c1 k1 i3x3 f2x2 add", NULL, &x, &w, &y, NULL, &z, 2, NULL) == FALTUNG_OK);
  CHECK(equal(output, with_z, 4));
}

/* The image repeated outwards at its low ends. */
static void padded_by_repetition(faltung_context* context) {
  float output[9] = {0};
  const float expected[9] = {1 - 2, 1 - 4, 2 - 6, 1 - 8, 1 - 10, 2 - 12, 4 - 14, 4 - 16, 5 - 18};
  int64_t shape[4] = {1, 1, 3, 3};
  DLTensor x = tensor(image, image_shape, 4), w = tensor(filter, filter_shape, 4), y = tensor(output, shape, 4);
  CHECK(faltung_run(context, "fwd f32 nchw n1 c1 k1 i3x3 f2x2 p1:0 replicate", NULL, &x, &w, &y, NULL, NULL, 1, NULL) ==
        FALTUNG_OK);
  CHECK(equal(output, expected, 9));
  CHECK_FAILS(faltung_run(context, "fwd f32 nchw n1 c1 k1 i3x3 f2x2 p3 reflect", NULL, &x, &w, &y, NULL, NULL, 1, NULL),
              FALTUNG_INVALID_ARGUMENT, "reflect fills at most 2 elements of padding");
}

/* Depthwise, two groups: extents as in PyTorch and with the groups apart, and the gradient with respect to the filter.
 */
static void groups_and_gradients(faltung_context* context) {
  float input[4] = {1, 2, 3, 4}, weight[2] = {10, 100}, output[4] = {0}, gradient[2] = {0};
  const float expected[4] = {10, 20, 300, 400}, expected_gradient[2] = {10 * 1 + 20 * 2, 300 * 3 + 400 * 4};
  int64_t merged[3] = {1, 2, 2}, merged_weight[3] = {2, 1, 1}, apart[4] = {1, 2, 1, 2}, apart_weight[4] = {2, 1, 1, 1};
  DLTensor x = tensor(input, merged, 3), w = tensor(weight, merged_weight, 3), y = tensor(output, merged, 3);
  CHECK(faltung_run(context, "fwd f32 ncw n1 c2 k2 g2 i2 f1", NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(equal(output, expected, 4));
  memset(output, 0, sizeof output);
  x = tensor(input, apart, 4);
  w = tensor(weight, apart_weight, 4);
  y = tensor(output, apart, 4);
  CHECK(faltung_run(context, "fwd f32 ncw n1 c2 k2 g2 i2 f1", NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(equal(output, expected, 4));
  w = tensor(gradient, merged_weight, 3);
  CHECK(faltung_run(context, "wgrad f32 ncw n1 c2 k2 g2 i2 f1", NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(equal(gradient, expected_gradient, 2));
}

/* A pointer that is aligned to its element only. */
static void unaligned_run(faltung_context* context) {
  float storage[12], output[4] = {0};
  float* moved = storage + 1;
  DLTensor x = tensor(storage, image_shape, 4), w = tensor(filter, filter_shape, 4),
           y = tensor(output, output_shape, 4);
  memcpy(moved, image, sizeof image);
  x.byte_offset = sizeof(float);
  CHECK(faltung_run(context, plain, NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(equal(output, response, 4));
}

static void plan_and_run(faltung_context* context) {
  /* The problem says what the pointers are aligned to: arrays of float, to 4 bytes. */
  const char* problem = "fwd f32 nchw n1 c1 k1 i3x3 f2x2 align:4:4:4";
  float output[4] = {0};
  size_t bytes = 12345;
  faltung_plan* plan = NULL;
  char* memory;
  void* workspace;
  CHECK(faltung_plan_create(context, problem, NULL, &plan) == FALTUNG_OK);
  CHECK(faltung_plan_workspace_bytes(plan, &bytes) == FALTUNG_OK);
  CHECK(bytes != 12345);
  CHECK(faltung_plan_run(plan, image, filter, output, NULL, NULL, 1, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(equal(output, response, 4));
  memset(output, 0, sizeof output);
  memory = malloc(bytes + 128);
  workspace = memory + (64 - (uintptr_t)memory % 64);
  CHECK(faltung_plan_run(plan, image, filter, output, NULL, NULL, 1, workspace, bytes + 64, NULL) == FALTUNG_OK);
  CHECK(equal(output, response, 4));

  CHECK_FAILS(faltung_plan_run(plan, NULL, filter, output, NULL, NULL, 1, NULL, 0, NULL), FALTUNG_INVALID_ARGUMENT,
              "x");
  CHECK_FAILS(faltung_plan_run(plan, image, filter, NULL, NULL, NULL, 1, NULL, 0, NULL), FALTUNG_INVALID_ARGUMENT, "y");
  CHECK_FAILS(faltung_plan_run(plan, (char*)image + 1, filter, output, NULL, NULL, 1, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "aligned");
  CHECK_FAILS(faltung_plan_run(plan, image, filter, output, NULL, NULL, 1, NULL, 64, NULL), FALTUNG_INVALID_ARGUMENT,
              "workspace is NULL");
  CHECK_FAILS(faltung_plan_run(plan, image, filter, output, NULL, NULL, 1, (char*)workspace + 1, bytes + 1, NULL),
              FALTUNG_INVALID_ARGUMENT, "aligned");
  CHECK_FAILS(faltung_plan_run(NULL, image, filter, output, NULL, NULL, 1, NULL, 0, NULL), FALTUNG_INVALID_ARGUMENT,
              "plan is NULL");
  CHECK_FAILS(faltung_plan_workspace_bytes(NULL, &bytes), FALTUNG_INVALID_ARGUMENT, "plan is NULL");
  CHECK_FAILS(faltung_plan_workspace_bytes(plan, NULL), FALTUNG_INVALID_ARGUMENT, "bytes is NULL");
  free(memory);
  faltung_plan_destroy(plan);
  faltung_plan_destroy(NULL);

  CHECK_FAILS(faltung_plan_create(NULL, problem, NULL, &plan), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK_FAILS(faltung_plan_create(context, NULL, NULL, &plan), FALTUNG_INVALID_ARGUMENT, "problem is NULL");
  CHECK_FAILS(faltung_plan_create(context, problem, NULL, NULL), FALTUNG_INVALID_ARGUMENT, "plan is NULL");
  CHECK_FAILS(faltung_plan_create(context, "fwd f33", NULL, &plan), FALTUNG_INVALID_ARGUMENT, "f33");
  CHECK(plan == NULL);
}

static void prepared_weights(faltung_context* context) {
  const char* problem = "fwd f32 nchw n1 c1 k1 i3x3 f2x2 constw align:4:4:4";
  float weight[4], output[4] = {0};
  size_t bytes = 0;
  int reads_w = 1;
  faltung_plan *plan = NULL, *other = NULL, *gradient = NULL;
  faltung_prepared_weights* weights = NULL;
  faltung_policy policy;
  memset(&policy, 0, sizeof policy);
  policy.only = "cpu.gemm";
  memcpy(weight, filter, sizeof filter);
  CHECK(faltung_plan_create(context, problem, &policy, &plan) == FALTUNG_OK);
  CHECK(faltung_plan_prepare(plan, weight, NULL, &weights) == FALTUNG_OK);
  CHECK(faltung_prepared_weights_info(weights, &bytes, &reads_w) == FALTUNG_OK);
  CHECK(bytes >= sizeof filter && !reads_w);
  CHECK(faltung_prepared_weights_info(weights, NULL, NULL) == FALTUNG_OK);
  memset(weight, 0, sizeof weight); /* they do without */
  CHECK(faltung_plan_run_prepared(plan, weights, image, output, NULL, NULL, 1, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(equal(output, response, 4));

  CHECK_FAILS(faltung_plan_run_prepared(plan, NULL, image, output, NULL, NULL, 1, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "weights is NULL");
  CHECK_FAILS(faltung_plan_run_prepared(NULL, weights, image, output, NULL, NULL, 1, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "plan is NULL");
  CHECK_FAILS(faltung_plan_run_prepared(plan, weights, NULL, output, NULL, NULL, 1, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "x");
  CHECK_FAILS(faltung_plan_run_prepared(plan, weights, image, output, NULL, NULL, 1, NULL, 64, NULL),
              FALTUNG_INVALID_ARGUMENT, "workspace is NULL");
  CHECK(faltung_plan_create(context, plain, NULL, &other) == FALTUNG_OK);
  CHECK_FAILS(faltung_plan_run_prepared(other, weights, image, output, NULL, NULL, 1, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "another plan");
  CHECK_FAILS(faltung_prepared_weights_info(NULL, &bytes, NULL), FALTUNG_INVALID_ARGUMENT, "weights is NULL");
  faltung_prepared_weights_destroy(weights);
  faltung_prepared_weights_destroy(NULL);

  CHECK_FAILS(faltung_plan_prepare(plan, NULL, NULL, &weights), FALTUNG_INVALID_ARGUMENT, "w is a null pointer");
  CHECK(weights == NULL);
  CHECK_FAILS(faltung_plan_prepare(NULL, filter, NULL, &weights), FALTUNG_INVALID_ARGUMENT, "plan is NULL");
  CHECK_FAILS(faltung_plan_prepare(plan, filter, NULL, NULL), FALTUNG_INVALID_ARGUMENT, "weights is NULL");
  CHECK(faltung_plan_create(context, "wgrad f32 nchw n1 c1 k1 i3x3 f2x2", NULL, &gradient) == FALTUNG_OK);
  CHECK_FAILS(faltung_plan_prepare(gradient, filter, NULL, &weights), FALTUNG_INVALID_ARGUMENT, "weight gradient");
  faltung_plan_destroy(plan);
  faltung_plan_destroy(other);
  faltung_plan_destroy(gradient);
}

static void policies(faltung_context* context) {
  const char *names[2] = {"reference", NULL}, *unknown[1] = {"gemm"};
  size_t limit = 1 << 20;
  double seconds = -1;
  faltung_policy policy;
  faltung_plan* plan = NULL;
  char* text = NULL;
  memset(&policy, 0, sizeof policy);
  policy.only = "reference";
  policy.workspace_limit = &limit;
  policy.threads = 1;
  CHECK(faltung_explain(context, plain, &policy, &text) == FALTUNG_OK);
  CHECK(text != NULL && strstr(text, "reference") != NULL);
  faltung_string_free(text);
  faltung_string_free(NULL);

  policy.without = names;
  policy.without_count = 1;
  CHECK_FAILS(faltung_plan_create(context, plain, &policy, &plan), FALTUNG_UNSUPPORTED, "reference");
  policy.without_count = 2;
  CHECK_FAILS(faltung_plan_create(context, plain, &policy, &plan), FALTUNG_INVALID_ARGUMENT, "without");
  policy.without = NULL;
  CHECK_FAILS(faltung_plan_create(context, plain, &policy, &plan), FALTUNG_INVALID_ARGUMENT, "without");
  policy.without = unknown;
  policy.without_count = 1;
  CHECK_FAILS(faltung_plan_create(context, plain, &policy, &plan), FALTUNG_INVALID_ARGUMENT, "no engine 'gemm'");
  policy.without_count = 0;
  policy.only = "cpu.wino";
  CHECK_FAILS(faltung_explain(context, plain, &policy, &text), FALTUNG_INVALID_ARGUMENT, "no engine 'cpu.wino'");
  policy.only = "reference";
  policy.threads = -1;
  CHECK_FAILS(faltung_plan_create(context, plain, &policy, &plan), FALTUNG_INVALID_ARGUMENT, "threads");
  policy.threads = 0;
  policy.measure_seconds = &seconds;
  CHECK_FAILS(faltung_plan_create(context, plain, &policy, &plan), FALTUNG_INVALID_ARGUMENT, "measure_seconds");
  policy.measure_seconds = NULL;
  policy.effort = (faltung_effort)17;
  CHECK_FAILS(faltung_plan_create(context, plain, &policy, &plan), FALTUNG_INVALID_ARGUMENT, "effort");

  CHECK_FAILS(faltung_explain(NULL, plain, NULL, &text), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK_FAILS(faltung_explain(context, NULL, NULL, &text), FALTUNG_INVALID_ARGUMENT, "problem is NULL");
  CHECK_FAILS(faltung_explain(context, plain, NULL, NULL), FALTUNG_INVALID_ARGUMENT, "text is NULL");
  CHECK(text == NULL);
}

static void bad_contexts(void) {
  faltung_context* context = NULL;
  CHECK_FAILS(faltung_context_create(kDLCPU, 0, NULL), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK_FAILS(faltung_context_create(kDLVulkan, 0, &context), FALTUNG_INVALID_ARGUMENT, "device type");
  CHECK_FAILS(faltung_context_create((DLDeviceType)-7, 0, &context), FALTUNG_INVALID_ARGUMENT, "device type");
  CHECK_FAILS(faltung_context_create(kDLCPU, -1, &context), FALTUNG_INVALID_ARGUMENT, "negative");
  CHECK(context == NULL);
  faltung_context_destroy(NULL);
}

static void bad_runs(faltung_context* context) {
  float output[4] = {7, 7, 7, 7}, untouched[4] = {7, 7, 7, 7}, bias_value[2] = {1, 2};
  int64_t wrong_shape[4] = {1, 1, 3, 2}, odd_shape[4] = {1, 2, 3, 3}, wrong_strides[4] = {9, 9, 1, 3}, one[1] = {1},
          two[1] = {2};
  const char* fused = "fwd f32 nchw n1 c1 k1 i3x3 f2x2 bias add";
  DLTensor x = tensor(image, image_shape, 4), w = tensor(filter, filter_shape, 4), y = tensor(output, output_shape, 4);
  DLTensor bias = tensor(bias_value, one, 1), long_bias = tensor(bias_value, two, 1),
           z = tensor(image, output_shape, 4);
  DLTensor bad;

#define REFUSED(problem, x, w, y, bias, z, text) \
  CHECK_FAILS(faltung_run(context, problem, NULL, x, w, y, bias, z, 1, NULL), FALTUNG_INVALID_ARGUMENT, text)
  CHECK_FAILS(faltung_run(NULL, plain, NULL, &x, &w, &y, NULL, NULL, 1, NULL), FALTUNG_INVALID_ARGUMENT,
              "context is NULL");
  REFUSED(NULL, &x, &w, &y, NULL, NULL, "problem is NULL");
  REFUSED("", &x, &w, &y, NULL, NULL, "");
  REFUSED("fwd f32 nchw n1 c1 k1 i3x3 f4x4", &x, &w, &y, NULL, NULL, "");
  REFUSED(plain, NULL, &w, &y, NULL, NULL, "x is NULL");
  REFUSED(plain, &x, NULL, &y, NULL, NULL, "w is NULL");
  REFUSED(plain, &x, &w, NULL, NULL, NULL, "y is NULL");
  REFUSED(plain, &x, &w, &y, &bias, NULL, "bias");
  REFUSED(plain, &x, &w, &y, NULL, &z, "z is given");
  REFUSED(fused, &x, &w, &y, NULL, &z, "bias is NULL");
  REFUSED(fused, &x, &w, &y, &bias, NULL, "z is NULL");
  REFUSED(fused, &x, &w, &y, &long_bias, &z, "bias has the extents [2]");

  bad = tensor(image, wrong_shape, 4);
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "x has the extents");
  bad = tensor(image, odd_shape, 4);
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "x has the extents");
  bad = tensor(image, image_shape, 3);
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "x has the extents");
  bad = x;
  bad.strides = wrong_strides;
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "x has the strides");
  bad = x;
  bad.dtype.bits = 64;
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "f64");
  bad = x;
  bad.dtype.lanes = 2;
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "lanes");
  bad = x;
  bad.data = NULL;
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "no data");
  bad = x;
  bad.device.device_type = kDLCUDA;
  REFUSED(plain, &bad, &w, &y, NULL, NULL, "device");
  bad = tensor(image + 4, output_shape, 4);
  REFUSED(plain, &x, &w, &bad, NULL, NULL, "overlaps");
#undef REFUSED
  CHECK(strstr(faltung_last_error(), "fwd f32 nchw n1 c1 k1") != NULL); /* the problem it happened on */
  CHECK(equal(output, untouched, 4));
}

/* What a plan is given to run with, and has no use for or cannot use. */
static void bad_plan_runs(faltung_context* context) {
  float output[4] = {7, 7, 7, 7}, untouched[4] = {7, 7, 7, 7}, bias[2] = {1, 2};
  signed char bytes[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, taps[4] = {1, 0, 0, 1}, z[4] = {1, 1, 1, 1}, sums[4];
  faltung_plan *plan = NULL, *with_bias = NULL, *integers = NULL;
  CHECK(faltung_plan_create(context, "fwd f32 nchw n1 c1 k1 i3x3 f2x2 align:4:4:4", NULL, &plan) == FALTUNG_OK);
  CHECK(faltung_plan_create(context, "fwd f32 nchw n1 c1 k1 i3x3 f2x2 align:4:4:4 bias", NULL, &with_bias) ==
        FALTUNG_OK);
  CHECK(faltung_plan_create(context, "fwd i8 nchw n1 c1 k1 i3x3 f2x2 align:1:1:1 add", NULL, &integers) == FALTUNG_OK);

#define REFUSED(plan, x, w, y, bias, z, alpha, text) \
  CHECK_FAILS(faltung_plan_run(plan, x, w, y, bias, z, alpha, NULL, 0, NULL), FALTUNG_INVALID_ARGUMENT, text)
  REFUSED(plan, image, filter, output, bias, NULL, 1, "bias is given, but the problem has none");
  REFUSED(plan, image, filter, output, NULL, bias, 1, "z is given, but the problem has none");
  REFUSED(plan, image, filter, output, NULL, NULL, 0.5, "there is no z for it to scale");
  REFUSED(plan, image, filter, image + 1, NULL, NULL, 1, "y is written and overlaps x");
  REFUSED(plan, (char*)image + 1, filter, output, NULL, NULL, 1, "x is not aligned");
  REFUSED(with_bias, image, filter, output, (char*)bias + 1, NULL, 1, "bias is not aligned to its elements");
  REFUSED(with_bias, image, filter, output, output + 3, NULL, 1, "y is written and overlaps bias");
  REFUSED(integers, bytes, taps, sums, NULL, z, 0.5, "a whole number of that type is needed");
#undef REFUSED
  CHECK(equal(output, untouched, 4));
  CHECK(faltung_plan_run(plan, image, filter, output, NULL, NULL, 0, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(equal(output, response, 4));
  CHECK(faltung_plan_run(integers, bytes, taps, sums, NULL, z, -2, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(sums[0] == 1 + 5 - 2 && sums[3] == 5 + 9 - 2);
  faltung_plan_destroy(plan);
  faltung_plan_destroy(with_bias);
  faltung_plan_destroy(integers);
}

/* A pool that works at once, on the thread that asks. */
struct pool {
  int asked, released;
};

static int work_now(void* pool, int count, void (*work)(void*), void* argument) {
  int i;
  for (i = 0; i < count; ++i) work(argument);
  ((struct pool*)pool)->asked += count;
  return count;
}

static void release(void* pool) { ++((struct pool*)pool)->released; }

static void executors(faltung_context* context) {
  const char* const problem = "fwd f32 nchw n4 c8 k8 i16x16 f3x3 p1";
  const size_t count = 4 * 8 * 16 * 16;
  float* x = calloc(count, sizeof *x);
  float* w = calloc(8 * 8 * 3 * 3, sizeof *w);
  float* y = calloc(count, sizeof *y);
  struct pool pool = {0, 0};
  faltung_executor executor = {sizeof executor, &pool, 3, work_now, release};
  faltung_executor broken = executor;
  faltung_plan* plan = NULL;

  broken.size = 1;
  CHECK_FAILS(faltung_context_set_executor(context, &broken), FALTUNG_INVALID_ARGUMENT, "size");
  broken = executor;
  broken.threads = 0;
  CHECK_FAILS(faltung_context_set_executor(context, &broken), FALTUNG_INVALID_ARGUMENT, "threads");
  broken = executor;
  broken.submit = NULL;
  CHECK_FAILS(faltung_context_set_executor(context, &broken), FALTUNG_INVALID_ARGUMENT, "submit");
  CHECK(pool.released == 0);

  CHECK(x && w && y);
  CHECK(faltung_context_set_executor(context, &executor) == FALTUNG_OK);
  CHECK(faltung_plan_create(context, problem, NULL, &plan) == FALTUNG_OK);
  CHECK(faltung_context_set_executor(context, NULL) == FALTUNG_OK);
  CHECK(pool.released == 0); /* the plan has it still */
  CHECK(faltung_plan_run(plan, x, w, y, NULL, NULL, 1, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(pool.asked > 0);
  faltung_plan_destroy(plan);
  CHECK(pool.released == 1);
  free(x);
  free(w);
  free(y);
}

struct trace {
  int plans, runs, from_cache, failed, released;
  char problem[200];
};

static void count_event(void* data, const faltung_trace_event* event) {
  struct trace* trace = data;
  trace->plans += event->kind == FALTUNG_TRACE_PLAN;
  trace->runs += event->kind == FALTUNG_TRACE_RUN;
  trace->from_cache += event->from_cache;
  trace->failed += event->failed;
  CHECK(event->size == sizeof *event);
  CHECK(event->device.device_type == kDLCPU && event->device.device_id == 0);
  CHECK(event->seconds >= 0 && event->variant && strlen(event->engine) > 0);
  strncpy(trace->problem, event->problem, sizeof trace->problem - 1);
}

static void release_trace(void* data) { ++((struct trace*)data)->released; }

static void tracing(faltung_context* context) {
  float output[4];
  struct trace trace;
  faltung_trace_hook hook = {sizeof hook, &trace, count_event, release_trace}, broken = hook;
  const char* const problem = "fwd f32 nchw n1 c1 k1 g1 i3x3 f2x2 o2x2 s1 d1 p0 silu";
  DLTensor x = tensor(image, image_shape, 4), w = tensor(filter, filter_shape, 4), y = tensor(output, output_shape, 4);
  memset(&trace, 0, sizeof trace);

  broken.size = 1;
  CHECK_FAILS(faltung_set_trace_hook(&broken), FALTUNG_INVALID_ARGUMENT, "size");
  broken = hook;
  broken.event = NULL;
  CHECK_FAILS(faltung_set_trace_hook(&broken), FALTUNG_INVALID_ARGUMENT, "event");
  CHECK(trace.released == 0);

  CHECK(faltung_set_trace_hook(&hook) == FALTUNG_OK);
  CHECK(faltung_run(context, problem, NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(faltung_run(context, problem, NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(trace.plans == 1 && trace.runs == 2 && trace.from_cache == 1 && trace.failed == 0 && trace.released == 0);
  CHECK(strncmp(trace.problem, "fwd f32 nchw n1 c1 k1", 21) == 0);
  CHECK(faltung_set_trace_hook(NULL) == FALTUNG_OK);
  CHECK(trace.released == 1);
  CHECK(faltung_run(context, problem, NULL, &x, &w, &y, NULL, NULL, 1, NULL) == FALTUNG_OK);
  CHECK(trace.runs == 2);
}

static DLDataType number_type(int code, int bits) {
  DLDataType type;
  type.code = (uint8_t)code;
  type.bits = (uint8_t)bits;
  type.lanes = 1;
  return type;
}

static void quantized(faltung_context* context) {
  const uint8_t x[] = {5, 0};
  const int8_t w[] = {7, -9};
  const int32_t bias[] = {4};
  const float scale[] = {0.5f};
  uint8_t y[1] = {0};
  faltung_quantization values;
  memset(&values, 0, sizeof values);
  values.size = sizeof values, values.scale = scale, values.x_zero = 3, values.y_zero = 10;
  faltung_problem problem;
  memset(&problem, 0, sizeof problem);
  problem.size = sizeof problem;
  problem.rank = 1, problem.batch = 1, problem.in_channels = 1, problem.out_channels = 1;
  problem.axes[0].in = 2, problem.axes[0].filter = 2;
  problem.dtype = number_type(kDLUInt, 8), problem.w.dtype = number_type(kDLInt, 8);
  problem.x.alignment = problem.w.alignment = problem.y.alignment = 1;
  problem.bias = problem.quantized = 1;
  faltung_plan* plan = NULL;
  CHECK(faltung_plan_create_from(context, &problem, NULL, &plan) == FALTUNG_OK);
  CHECK(faltung_plan_run_quantized(plan, NULL, (void*)x, (void*)w, y, bias, &values, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(y[0] == 32); /* (2 * 7 + 3 * 9 + 4) / 2 = 22.5, to even, and 10 */
  faltung_prepared_weights* weights = NULL;
  CHECK(faltung_plan_prepare(plan, w, NULL, &weights) == FALTUNG_OK);
  y[0] = 0;
  CHECK(faltung_plan_run_quantized(plan, weights, (void*)x, NULL, y, bias, &values, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(y[0] == 32);
  CHECK_FAILS(faltung_plan_run_quantized(plan, NULL, (void*)x, (void*)w, y, bias, NULL, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "values");
  CHECK_FAILS(faltung_plan_run(plan, (void*)x, (void*)w, y, bias, NULL, 1, NULL, 0, NULL), FALTUNG_INVALID_ARGUMENT,
              "quantization is a null pointer");
  values.x_zero = 256;
  CHECK_FAILS(faltung_plan_run_quantized(plan, NULL, (void*)x, (void*)w, y, bias, &values, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "zero point of x");
  values.size = 8;
  CHECK_FAILS(faltung_plan_run_quantized(plan, NULL, (void*)x, (void*)w, y, bias, &values, NULL, 0, NULL),
              FALTUNG_INVALID_ARGUMENT, "values.size");
  faltung_prepared_weights_destroy(weights);
  faltung_plan_destroy(plan);
}

/* A 3 x 3 image under a 2 x 2 filter, as numbers. */
static faltung_problem numbers(void) {
  faltung_problem problem;
  memset(&problem, 0, sizeof problem);
  problem.size = sizeof problem;
  problem.rank = 2;
  problem.batch = problem.in_channels = problem.out_channels = 1;
  problem.axes[0].in = problem.axes[1].in = 3;
  problem.axes[0].filter = problem.axes[1].filter = 2;
  problem.dtype = number_type(kDLFloat, 32);
  problem.x.alignment = problem.w.alignment = problem.y.alignment = 4;
  return problem;
}

static int prints(const faltung_problem* problem, const char* expected) {
  char* text = NULL;
  int same;
  CHECK(faltung_problem_print(problem, &text) == FALTUNG_OK);
  same = text != NULL && strcmp(text, expected) == 0;
  if (!same) printf("printed %s\n  wanted %s\n", text ? text : "nothing", expected);
  faltung_string_free(text);
  return same;
}

static void problems_as_numbers(faltung_context* context) {
  const int64_t strides[5] = {90, 9, 9, 1, 3};
  float output[4] = {0};
  faltung_problem problem = numbers();
  faltung_plan* plan = NULL;
  CHECK(prints(&problem, "fwd f32 nchw n1 c1 k1 g1 i3x3 f2x2 o2x2 s1 d1 p0 align:4:4:4"));
  CHECK(faltung_plan_create_from(context, &problem, NULL, &plan) == FALTUNG_OK);
  CHECK(faltung_plan_run(plan, image, filter, output, NULL, NULL, 1, NULL, 0, NULL) == FALTUNG_OK);
  CHECK(equal(output, response, 4));
  faltung_plan_destroy(plan);

  problem.x.strides = strides; /* an image that lies transposed */
  CHECK(prints(&problem, "fwd f32 [0,0,0,1,3]:nchw:nchw n1 c1 k1 g1 i3x3 f2x2 o2x2 s1 d1 p0 align:4:4:4"));
  problem = numbers();
  problem.pass = FALTUNG_DATA_GRAD;
  problem.rank = 1;
  problem.batch = 2;
  problem.in_channels = 6;
  problem.out_channels = 4;
  problem.groups = 2;
  problem.channels_last = 1;
  problem.axes[0].in = 9;
  problem.axes[0].filter = 3;
  problem.axes[0].out = 5;
  problem.axes[0].stride = 2;
  problem.axes[0].pad = 1;
  problem.bias = problem.deterministic = problem.without_transforms = 1;
  problem.activation = "relu";
  problem.x.alignment = problem.w.alignment = problem.y.alignment = 0;
  CHECK(prints(&problem, "dgrad f32 nwc n2 c6 k4 g2 i9 f3 o5 s2 d1 p1 bias relu deterministic notransforms"));
  problem.without_transforms = 0;
  problem.large_tiles = 1;
  CHECK(prints(&problem, "dgrad f32 nwc n2 c6 k4 g2 i9 f3 o5 s2 d1 p1 bias relu deterministic largetiles"));
}

static void bad_problems_as_numbers(faltung_context* context) {
  faltung_problem problem = numbers();
  faltung_plan* plan = NULL;
  char* text = NULL;
#define REFUSED(change, words)                                                          \
  problem = numbers();                                                                  \
  change;                                                                               \
  CHECK_FAILS(faltung_problem_print(&problem, &text), FALTUNG_INVALID_ARGUMENT, words); \
  CHECK_FAILS(faltung_plan_create_from(context, &problem, NULL, &plan), FALTUNG_INVALID_ARGUMENT, words)
  REFUSED(problem.size = 8, "size is less");
  REFUSED(problem.size += 8, "a later version");
  REFUSED(problem.pass = (faltung_pass)3, "pass is none");
  REFUSED(problem.rank = 4, "rank is 4");
  REFUSED(problem.rank = -1, "rank is -1");
  REFUSED(problem.groups = 2, "multiples of g2");
  REFUSED(problem.groups = -1, "group");
  REFUSED(problem.axes[0].out = 2, "out is given for some axes");
  REFUSED(problem.axes[0].filter = 9, "the filter reaches beyond");
  REFUSED(problem.axes[0].stride = -1, "stride");
  REFUSED(problem.batch = INT64_MAX, "64 bits");
  REFUSED(problem.x.alignment = 3, "align");
  REFUSED(problem.dtype.bits = 33, "33 bits");
  REFUSED(problem.w.dtype = number_type(kDLUInt, 8), "u8");
  REFUSED(problem.activation = "bias", "activation has no meaning: 'bias'");
  REFUSED(problem.padding_mode = "relu", "padding_mode has no meaning: 'relu'");
#undef REFUSED
  CHECK(text == NULL && plan == NULL);
  CHECK_FAILS(faltung_problem_print(NULL, &text), FALTUNG_INVALID_ARGUMENT, "problem is NULL");
  CHECK_FAILS(faltung_problem_print(&problem, NULL), FALTUNG_INVALID_ARGUMENT, "text is NULL");
  CHECK_FAILS(faltung_plan_create_from(context, &problem, NULL, NULL), FALTUNG_INVALID_ARGUMENT, "plan is NULL");
  CHECK_FAILS(faltung_plan_create_from(NULL, &problem, NULL, &plan), FALTUNG_INVALID_ARGUMENT, "context is NULL");
}

static void engine_names(faltung_context* context) {
  faltung_engine* engines = NULL;
  faltung_policy policy;
  faltung_plan* plan = NULL;
  const char *engine = NULL, *variant = NULL;
  size_t count = 0, i, usable = 0;
  int reference = 0;
  memset(&policy, 0, sizeof policy);
  CHECK(faltung_context_engines(context, &engines, &count) == FALTUNG_OK);
  for (i = 0; i < count; ++i) {
    usable += engines[i].reason == NULL;
    CHECK(engines[i].reason == NULL || strlen(engines[i].reason) > 0);
    reference |= strcmp(engines[i].name, "reference") == 0;
    policy.only = engines[i].name;
    CHECK(faltung_plan_create(context, plain, &policy, &plan) != FALTUNG_INVALID_ARGUMENT);
    if (plan) {
      CHECK(faltung_plan_choice(plan, &engine, &variant) == FALTUNG_OK);
      CHECK(strcmp(engine, engines[i].name) == 0 && variant != NULL);
      CHECK(faltung_plan_choice(plan, NULL, NULL) == FALTUNG_OK);
    }
    faltung_plan_destroy(plan);
  }
  CHECK(reference && usable > 2);
  faltung_engines_free(engines);
  faltung_engines_free(NULL);
  CHECK_FAILS(faltung_context_engines(NULL, &engines, &count), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK_FAILS(faltung_context_engines(context, NULL, &count), FALTUNG_INVALID_ARGUMENT, "engines is NULL");
  CHECK_FAILS(faltung_context_engines(context, &engines, NULL), FALTUNG_INVALID_ARGUMENT, "count is NULL");
  CHECK(engines == NULL);
  CHECK_FAILS(faltung_plan_choice(NULL, &engine, NULL), FALTUNG_INVALID_ARGUMENT, "plan is NULL");
}

/* EXAMPLE_ENGINE: the shared object of examples/engine. */
static void engines_from_outside(void) {
  faltung_context* own = NULL;
  faltung_policy policy;
  faltung_plan* plan = NULL;
  const char* engine = NULL;
  memset(&policy, 0, sizeof policy);
  policy.only = "my.engine";
  CHECK(faltung_context_create(kDLCPU, 0, &own) == FALTUNG_OK);
  CHECK(faltung_context_add_engine_library(own, EXAMPLE_ENGINE) == FALTUNG_OK);
  CHECK_FAILS(faltung_context_add_engine_library(own, EXAMPLE_ENGINE), FALTUNG_INVALID_ARGUMENT, "my.engine already");
  CHECK(faltung_plan_create(own, "fwd f32 n1 c2 k2 i5x5 f3x3", &policy, &plan) == FALTUNG_OK);
  CHECK(faltung_plan_choice(plan, &engine, NULL) == FALTUNG_OK && strcmp(engine, "my.engine") == 0);
  CHECK(faltung_context_remove_engine(own, "my.engine") == FALTUNG_OK);
  CHECK_FAILS(faltung_context_remove_engine(own, "my.engine"), FALTUNG_INVALID_ARGUMENT,
              "there is no engine my.engine");
  CHECK_FAILS(faltung_context_remove_engine(own, NULL), FALTUNG_INVALID_ARGUMENT, "name is NULL");
  CHECK_FAILS(faltung_context_add_engine_library(own, NULL), FALTUNG_INVALID_ARGUMENT, "path is NULL");
  CHECK_FAILS(faltung_context_add_engine_library(own, "/absent.so"), FALTUNG_IO, "/absent.so: no such file");
  CHECK_FAILS(faltung_context_add_engine_library(NULL, "x"), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  faltung_plan_destroy(plan);
  faltung_context_destroy(own);
}

/* What is recorded is what a plan of effort FALTUNG_TUNED_ONLY finds, here and in a context that has read the file. */
static void tuning(faltung_context* context) {
  const char* const problem = "fwd f32 nchw n1 c3 k5 i7x7 f2x2";
  const char* const path = "c_interface.tuning";
  faltung_context* other = NULL;
  faltung_policy tuned;
  faltung_plan* plan = NULL;
  size_t planned = 9, failed = 9;
  char* text = NULL;
  memset(&tuned, 0, sizeof tuned);
  tuned.effort = FALTUNG_TUNED_ONLY;
  remove(path);
  CHECK_FAILS(faltung_plan_create(context, problem, &tuned, &plan), FALTUNG_UNSUPPORTED, "");
  CHECK(faltung_tune(context, problem, NULL, &text) == FALTUNG_OK);
  CHECK(text != NULL && strstr(text, "cpu.gemm") != NULL);
  faltung_string_free(text);
  CHECK(faltung_tune(context, problem, NULL, NULL) == FALTUNG_OK);
  CHECK(faltung_plan_create(context, problem, &tuned, &plan) == FALTUNG_OK);
  faltung_plan_destroy(plan);
  CHECK(faltung_context_save_tuning(context, path) == FALTUNG_OK);

  CHECK(faltung_context_create(kDLCPU, 0, &other) == FALTUNG_OK);
  CHECK_FAILS(faltung_plan_create(other, problem, &tuned, &plan), FALTUNG_UNSUPPORTED, "");
  CHECK(faltung_context_load_tuning(other, path) == FALTUNG_OK);
  CHECK(faltung_plan_create(other, problem, &tuned, &plan) == FALTUNG_OK);
  faltung_plan_destroy(plan);
  CHECK(faltung_context_warm(other, path, NULL, &planned, &failed) == FALTUNG_OK);
  CHECK(planned == 1 && failed == 0);
  CHECK(faltung_context_warm(other, path, NULL, NULL, NULL) == FALTUNG_OK);
  CHECK(faltung_context_set_tuning_access(other, FALTUNG_TUNING_OFF) == FALTUNG_OK);
  CHECK_FAILS(faltung_context_set_tuning_access(other, (faltung_tuning_access)3), FALTUNG_INVALID_ARGUMENT, "access");
  CHECK_FAILS(faltung_context_set_tuning_access(NULL, FALTUNG_TUNING_OFF), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK(faltung_context_reload_tuning(other) == FALTUNG_OK);
  CHECK_FAILS(faltung_context_reload_tuning(NULL), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK_FAILS(faltung_context_warm(other, NULL, NULL, NULL, NULL), FALTUNG_INVALID_ARGUMENT, "path is NULL");
  CHECK_FAILS(faltung_context_warm(NULL, path, NULL, NULL, NULL), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK_FAILS(faltung_context_warm(other, ".", NULL, &planned, NULL), FALTUNG_IO, "");
  CHECK(planned == 0);
  faltung_context_destroy(other);
  remove(path);

  CHECK_FAILS(faltung_context_load_tuning(context, path), FALTUNG_IO, path);
  CHECK_FAILS(faltung_context_load_tuning(context, NULL), FALTUNG_INVALID_ARGUMENT, "path is NULL");
  CHECK_FAILS(faltung_context_load_tuning(NULL, path), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK_FAILS(faltung_context_save_tuning(context, "."), FALTUNG_IO, "");
  CHECK_FAILS(faltung_context_save_tuning(context, NULL), FALTUNG_INVALID_ARGUMENT, "path is NULL");
  CHECK_FAILS(faltung_tune(context, NULL, NULL, &text), FALTUNG_INVALID_ARGUMENT, "problem is NULL");
  CHECK_FAILS(faltung_tune(NULL, problem, NULL, &text), FALTUNG_INVALID_ARGUMENT, "context is NULL");
  CHECK(text == NULL);
}

int main(void) {
  faltung_context* context = NULL;
  CHECK(strcmp(faltung_last_error(), "") == 0);
  CHECK(strlen(faltung_version()) >= 5);
  CHECK(faltung_context_create(kDLCPU, 0, &context) == FALTUNG_OK);
  if (!context) return 1;
  good_runs(context);
  padded_by_repetition(context);
  groups_and_gradients(context);
  unaligned_run(context);
  plan_and_run(context);
  prepared_weights(context);
  quantized(context);
  policies(context);
  bad_contexts();
  executors(context);
  problems_as_numbers(context);
  bad_problems_as_numbers(context);
  engine_names(context);
  engines_from_outside();
  tuning(context);
  tracing(context);
  bad_runs(context);
  bad_plan_runs(context);
  faltung_context_destroy(context);
  printf(failures == 0 ? "all checks passed\n" : "%d checks failed\n", failures);
  return failures == 0 ? 0 : 1;
}

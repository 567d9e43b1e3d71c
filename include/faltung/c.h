/* Faltung from C (C99) and from everything that calls C. No exception leaves these functions. Any thread may use a
 * context or a plan, several at once. Tensors come as DLPack's DLTensor and stay the caller's. */
#ifndef FALTUNG_C_H_
#define FALTUNG_C_H_

#include <dlpack/dlpack.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What every function that can fail returns. */
typedef enum faltung_status {
  FALTUNG_OK = 0,
  FALTUNG_INVALID_ARGUMENT = 1, /* the arguments cannot mean a convolution */
  FALTUNG_UNSUPPORTED = 2,      /* no engine can; the message is the table of engines and reasons */
  FALTUNG_OUT_OF_MEMORY = 3,
  FALTUNG_ENGINE_FAILURE = 4, /* an engine or its vendor library failed while running */
  FALTUNG_IO = 5,             /* a file could not be read or written */
  FALTUNG_INTERNAL = 6        /* an error of Faltung's own */
} faltung_status;

/* The message of the last call that failed on this thread; "" before the first. Valid until the next failure on it. Cut
 * to 255 bytes where memory is short or the thread is ending. */
const char* faltung_last_error(void);

/* "major.minor.patch" of the library that is linked. */
const char* faltung_version(void);

/* One device with its engines and its cache of plans. Device types are DLPack's: kDLCPU, kDLCUDA, kDLROCM. */
typedef struct faltung_context faltung_context;
faltung_status faltung_context_create(DLDeviceType device_type, int device_id, faltung_context** context);
void faltung_context_destroy(faltung_context* context); /* NULL is allowed */

/* An application's own pool of threads. The calling thread always works itself and waits only for work that another
 * thread has begun, so the pool may be busy, and calls may come from inside its own tasks. */
typedef struct faltung_executor {
  size_t size; /* sizeof(faltung_executor) */
  void* pool;  /* given to the functions below, which any thread may call, several at once */
  int threads; /* how many may work at once, the calling one included */
  /* Has other threads call work(argument) `count` times, soon or late, each time once. Returns how many calls there
   * will be; fewer than `count` is fine. */
  int (*submit)(void* pool, int count, void (*work)(void*), void* argument);
  void (*release)(void* pool); /* once the library has no more use for the pool; NULL: nothing to do */
} faltung_executor;

/* The threads that the context's calls, and plans made from now on, use on the CPU. The struct is copied. NULL: the
 * library's own again. If this fails, `release` is not called. */
faltung_status faltung_context_set_executor(faltung_context* context, const faltung_executor* executor);

typedef enum faltung_effort {
  FALTUNG_ESTIMATE = 0,   /* by tuned record, else by estimated time; runs nothing */
  FALTUNG_MEASURE = 1,    /* times every engine that accepts */
  FALTUNG_EXHAUSTIVE = 2, /* the same with every variant, composites and the reference */
  FALTUNG_TUNED_ONLY = 3  /* by tuned record or not at all */
} faltung_effort;

/* How an engine is chosen. All zero is the default, and so is a NULL policy. Names that no engine of the context has
 * and negative numbers are refused. */
typedef struct faltung_policy {
  const char* only;           /* the one engine allowed; NULL: any */
  const char* const* without; /* engines not allowed */
  size_t without_count;
  faltung_effort effort;
  const size_t* workspace_limit; /* bytes a plan may ask for; NULL: no limit */
  int threads;                   /* CPU threads; 0: all */
  const double* measure_seconds; /* FALTUNG_MEASURE: after these no further variant is tried; NULL: 10 */
} faltung_policy;

/* Runs a problem given as text, for instance "fwd f32 nchw n1 c8 k16 i32x32 f3x3 p1 bias relu"
 * (docs/how-to/problem-text.md). The pass says which of x, w, y is written; the others are only read. Their types,
 * extents and strides must be those of the problem. Extents are (N, G*C, in...), (G*K, C, filter...), (N, G*K, out...)
 * as in PyTorch, or with the groups apart: (N, G, C, in...), (G, K, C, filter...), (N, G, K, out...). bias has one
 * entry for each channel of the written tensor, z is as the written tensor; both are NULL unless the problem says
 * "bias", "add". On the CPU z may be the written tensor itself: same pointer, same strides. alpha scales z: of integers
 * a whole number, without z 0 or 1. stream is a cudaStream_t or hipStream_t, NULL on the CPU, where everything is done
 * when the call returns. */
faltung_status faltung_run(faltung_context* context, const char* problem, const faltung_policy* policy,
                           const DLTensor* x, const DLTensor* w, const DLTensor* y, const DLTensor* bias,
                           const DLTensor* z, double alpha, void* stream);

/* The axis counts in elements; all spatial axes are outermost first. */
typedef struct faltung_axis {
  int64_t in, filter;       /* extents of x and of w */
  int64_t out;              /* extent of y; 0: what fits with the same padding at both ends */
  int64_t stride, dilation; /* 0: 1 */
  int64_t pad;              /* at the low end; negative crops. At the high end it follows from `out`. */
} faltung_axis;

/* How an operand lies in memory. All zero: dense in the problem's format, of its type, aligned to 16 bytes. */
typedef struct faltung_operand {
  DLDataType dtype;       /* bits 0: the problem's */
  const int64_t* strides; /* 3 + rank of them, in elements, for the extents with the groups apart; NULL: dense */
  int conjugate;
  int alignment; /* of the pointer, in bytes: a power of two to 128; 0: 16 */
} faltung_operand;

typedef enum faltung_pass { FALTUNG_FORWARD = 0, FALTUNG_DATA_GRAD = 1, FALTUNG_WEIGHT_GRAD = 2 } faltung_pass;

/* A problem as numbers, for programs that compute it; it says what the text says. Zero all of it, then set `size` and
 * what differs. */
typedef struct faltung_problem {
  size_t size; /* sizeof(faltung_problem): later versions add members at its end, which are zero for older programs */
  faltung_pass pass;
  int rank;                                         /* spatial axes, 1 to 3 */
  int64_t batch, in_channels, out_channels, groups; /* channels of all groups; groups 0: 1 */
  faltung_axis axes[3];
  DLDataType dtype;  /* of operands that have none of their own */
  int channels_last; /* the format of operands without strides: NHWC instead of NCHW */
  faltung_operand x, w, y;
  int bias, add, accumulate, constant_weights;
  const char* activation;   /* "relu", …: docs/how-to/problem-text.md; NULL: none */
  const char* padding_mode; /* "reflect", "replicate", "circular", "symmetric"; NULL: zeros */
  DLDataType accumulator;   /* the type that sums are carried in; bits 0: the library's choice */
  int deterministic, batch_invariant, without_tf32, without_transforms;
  int large_tiles;             /* Winograd's F(6, 3) is allowed along two axes */
  int quantized, weight_zeros; /* docs/how-to/quantized.md: run it with faltung_plan_run_quantized() */
} faltung_problem;

/* The problem's text, canonical, for every function that takes one. *text is the caller's: faltung_string_free(). */
faltung_status faltung_problem_print(const faltung_problem* problem, char** text);

/* A problem planned once, to be run many times with pointers. It keeps what it needs of the context alive. */
typedef struct faltung_plan faltung_plan;
faltung_status faltung_plan_create(faltung_context* context, const char* problem, const faltung_policy* policy,
                                   faltung_plan** plan);
faltung_status faltung_plan_create_from(faltung_context* context, const faltung_problem* problem,
                                        const faltung_policy* policy, faltung_plan** plan);
void faltung_plan_destroy(faltung_plan* plan); /* NULL is allowed */

/* The names of the chosen engine and of its variant ("" if it has only one), valid while the plan is. Either may be
 * NULL. */
faltung_status faltung_plan_choice(const faltung_plan* plan, const char** engine, const char** variant);

faltung_status faltung_plan_workspace_bytes(const faltung_plan* plan, size_t* bytes);

/* Pointers to the first element of each operand. `workspace` is aligned to 64 bytes and holds at least what the plan
 * needs; NULL with 0 bytes: on the CPU the calling thread's own is used. Allocates nothing but that. */
faltung_status faltung_plan_run(const faltung_plan* plan, void* x, void* w, void* y, const void* bias, const void* z,
                                double alpha, void* workspace, size_t workspace_bytes, void* stream);

/* Weights packed or transformed for one plan, so that its runs need not do it again: for a w that does not change. Any
 * thread may run with them, several at once; they stay what w was when they were made. A problem with the word
 * "constw" gets a plan that is chosen for this, any other but a "wgrad" can do it too. *reads_w says (if not NULL)
 * whether runs still read w itself, which must then stay; *bytes (if not NULL) what they own. */
typedef struct faltung_prepared_weights faltung_prepared_weights;
faltung_status faltung_plan_prepare(const faltung_plan* plan, const void* w, void* stream,
                                    faltung_prepared_weights** weights);
void faltung_prepared_weights_destroy(faltung_prepared_weights* weights); /* NULL is allowed */
faltung_status faltung_prepared_weights_info(const faltung_prepared_weights* weights, size_t* bytes, int* reads_w);

/* faltung_plan_run() with weights that this plan prepared in place of w. */
faltung_status faltung_plan_run_prepared(const faltung_plan* plan, const faltung_prepared_weights* weights, void* x,
                                         void* y, const void* bias, const void* z, double alpha, void* workspace,
                                         size_t workspace_bytes, void* stream);

/* The values of a quantised run, on the host. Pointers are to one value for each channel of y, over all groups. Zero
 * all of it, then set `size` and what differs. */
typedef struct faltung_quantization {
  size_t size;           /* sizeof(faltung_quantization) */
  const float* scale;    /* NULL where y is of 32-bit integers */
  const int32_t* w_zero; /* NULL unless the problem says "wzero" */
  int32_t x_zero, y_zero;
} faltung_quantization;

/* As faltung_plan_run(), of a problem that says "quantized"; with weights that this plan prepared, or with w if those
 * are NULL. The bias is NULL unless the problem says "bias". */
faltung_status faltung_plan_run_quantized(const faltung_plan* plan, const faltung_prepared_weights* weights, void* x,
                                          void* w, void* y, const int32_t* bias, const faltung_quantization* values,
                                          void* workspace, size_t workspace_bytes, void* stream);

/* Which engine a problem gets and why every other was refused, as a table. *text is the caller's:
 * faltung_string_free(). */
faltung_status faltung_explain(faltung_context* context, const char* problem, const faltung_policy* policy,
                               char** text);
void faltung_string_free(char* text); /* NULL is allowed */

/* An engine of a context, whether it can be used here or not. */
typedef struct faltung_engine {
  const char* name;   /* "cpu.gemm": what faltung_policy's `only` and `without` take */
  const char* reason; /* why it cannot be used here; NULL: it can */
} faltung_engine;

/* In the order in which they are asked. *engines is the caller's, with its texts: faltung_engines_free(). */
faltung_status faltung_context_engines(faltung_context* context, faltung_engine** engines, size_t* count);
void faltung_engines_free(faltung_engine* engines); /* NULL is allowed */

/* The engines of a shared object that speaks faltung/plugin.h, by its file: added to the context, all or none. */
faltung_status faltung_context_add_engine_library(faltung_context* context, const char* path);
/* Plans of the engine live on; a shared object is unloaded when the last is gone. */
faltung_status faltung_context_remove_engine(faltung_context* context, const char* name);

/* Times the engines that accept the problem (policy->effort: FALTUNG_EXHAUSTIVE for all variants, else as
 * FALTUNG_MEASURE) and records the fastest in the context. *text (if not NULL) is the table, the caller's:
 * faltung_string_free(). */
faltung_status faltung_tune(faltung_context* context, const char* problem, const faltung_policy* policy, char** text);

/* The records of a context as a file, a line each. A file is read whole or not at all, and replaced whole. */
faltung_status faltung_context_load_tuning(faltung_context* context, const char* path);
faltung_status faltung_context_save_tuning(faltung_context* context, const char* path);

/* The store of records that processes share (docs/how-to/tuning.md). A context does at first what FALTUNG_TUNING says.
 */
typedef enum faltung_tuning_access {
  FALTUNG_TUNING_OFF = 0,
  FALTUNG_TUNING_READ = 1, /* planning looks there; nothing is written */
  FALTUNG_TUNING_WRITE = 2 /* what is measured is also kept there */
} faltung_tuning_access;
faltung_status faltung_context_set_tuning_access(faltung_context* context, faltung_tuning_access access);

/* Looks at the store anew, and plans anew: after another process has tuned. */
faltung_status faltung_context_reload_tuning(faltung_context* context);

/* Plans the problems of a file, a trace or tuning records, on several threads: for a program's start. *planned and
 * *failed (if not NULL) are how many got a plan, and did not. */
faltung_status faltung_context_warm(faltung_context* context, const char* path, const faltung_policy* policy,
                                    size_t* planned, size_t* failed);

/* What is told of each planning and each call: docs/how-to/tracing.md. */
typedef enum faltung_trace_kind {
  FALTUNG_TRACE_PLAN = 0,    /* an engine was chosen; a plan that the cache knew is not told again */
  FALTUNG_TRACE_PREPARE = 1, /* weights were prepared */
  FALTUNG_TRACE_RUN = 2
} faltung_trace_kind;

typedef struct faltung_trace_event {
  size_t size; /* of the struct, as the library knows it: later versions add members at its end */
  faltung_trace_kind kind;
  const char* problem; /* this and the other texts are valid during the call of the hook */
  const char* engine;  /* "" if none was found */
  const char* variant; /* "" is an engine's only one */
  DLDevice device;
  double seconds; /* of the calling thread: what it has launched on a GPU may still run */
  size_t workspace_bytes;
  int from_cache; /* of a run: the plan was known when it was asked for */
  int failed;
} faltung_trace_event;

/* `event` is called at the end of each, on the thread that did it; several threads may be in it at once. Of what it
 * computes itself nothing is told. */
typedef struct faltung_trace_hook {
  size_t size; /* sizeof(faltung_trace_hook) */
  void* data;  /* given to the functions below */
  void (*event)(void* data, const faltung_trace_event* event);
  void (*release)(void* data); /* once no thread is in `event` any more, nor will be; NULL: nothing to do */
} faltung_trace_hook;

/* A program has one hook: the old one is released. The struct is copied. NULL: none. If this fails, `release` is not
 * called. */
faltung_status faltung_set_trace_hook(const faltung_trace_hook* hook);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* FALTUNG_C_H_ */

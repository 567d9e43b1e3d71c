/* As it was first published: engines built against it are to be opened by every later library of version 1. Never
 * changed. */
/* Engines from outside: a shared object that exports faltung_plugin() and that a program opens with
 * Context::add_engine_library(), faltung_context_add_engine_library() or FALTUNG_ENGINE_PATH. This header is all that
 * it needs: C, without the library. docs/how-to/write-an-engine.md is the guide, examples/engine/ one to copy.
 *
 * Every struct begins with its size in bytes as its writer knows it; later versions add members at its end. Nobody
 * frees what the other side made: pointers that a function is given are valid until it returns. Texts are ASCII and end
 * with a 0; where the other side has a list of words ("fwd", "f32"), it may grow: refuse a word you do not know. */
#ifndef FALTUNG_PLUGIN_H_
#define FALTUNG_PLUGIN_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when libraries built with a smaller one can no longer be opened. */
#define FALTUNG_PLUGIN_VERSION 1

/* Where a function writes a text: at most `bytes` characters, the 0 at the end included. */
typedef struct faltung_plugin_text {
  char* data;
  size_t bytes;
} faltung_plugin_text;

/* What a problem asks for beyond the sum (faltung/problem.h has it), padded with zeros. Problems that ask for something
 * that an engine does not name in its `features` are refused on its behalf, so what later versions add is refused by
 * itself; the library's composites then do that part around the engine. Problems without arithmetic never reach one. */
#define FALTUNG_PLUGIN_BIAS ((uint64_t)1 << 0) /* + bias, an entry for each channel of what is written */
#define FALTUNG_PLUGIN_ADD ((uint64_t)1 << 1)  /* + alpha * z, laid out as what is written; on the CPU maybe that */
#define FALTUNG_PLUGIN_ACTIVATION ((uint64_t)1 << 2)      /* then the activation that `activation` names */
#define FALTUNG_PLUGIN_ACCUMULATE ((uint64_t)1 << 3)      /* added to what is there, instead of replacing it */
#define FALTUNG_PLUGIN_PADDING_MODE ((uint64_t)1 << 4)    /* padding with what `padding_mode` names, not with zeros */
#define FALTUNG_PLUGIN_CONJUGATE ((uint64_t)1 << 5)       /* operands read as their conjugates */
#define FALTUNG_PLUGIN_ACCUMULATOR ((uint64_t)1 << 6)     /* sums carried in `accumulator`, not the usual type */
#define FALTUNG_PLUGIN_DETERMINISTIC ((uint64_t)1 << 7)   /* the same bits in every run */
#define FALTUNG_PLUGIN_BATCH_INVARIANT ((uint64_t)1 << 8) /* an image's result does not depend on the batch */
#define FALTUNG_PLUGIN_NO_TF32 ((uint64_t)1 << 9)         /* f32 products keep all their bits */
#define FALTUNG_PLUGIN_NO_TRANSFORMS ((uint64_t)1 << 10)  /* no Winograd, no FFT */

/* One spatial dimension, in elements. Output o meets input h = o * stride + r * dilation - pad through tap r; outside
 * 0 <= h < in there is padding. A negative pad crops. */
typedef struct faltung_plugin_axis {
  int64_t in, filter, out, stride, dilation, pad;
} faltung_plugin_axis;

/* How an operand lies in memory. Strides in elements, outermost first, for the extents x (N, G, C, in...),
 * w (G, K, C, filter...), y (N, G, K, out...); 0 where an extent is 1. They may be negative. */
typedef struct faltung_plugin_operand {
  const char* dtype;     /* "f32", "f64", "f16", "bf16", "cf32", "cf64", "i8", "i32", "i64" */
  size_t element_bytes;  /* of one number */
  size_t alignment;      /* of the pointer in bytes, at least */
  int64_t strides[6];    /* 3 + rank of them */
  int32_t conjugate;     /* 1: FALTUNG_PLUGIN_CONJUGATE */
  int32_t channels_last; /* 1: dense, channels innermost (NHWC) */
  int32_t contiguous;    /* 1: dense, channels outermost (NCHW); an operand can be both, or neither */
  int32_t reserved;
} faltung_plugin_operand;

typedef struct faltung_plugin_problem {
  size_t size;
  uint64_t features;
  const char* text;                                 /* all of it, as docs/how-to/problem-text.md has it */
  const char* pass;                                 /* "fwd" writes y, "dgrad" x, "wgrad" w */
  int64_t batch, groups, in_channels, out_channels; /* channels of one group */
  int32_t rank;                                     /* spatial axes, 1 to 3 */
  int32_t constant_weights;                         /* 1: w is prepared once, and a run is estimated without that */
  faltung_plugin_axis axes[3];
  faltung_plugin_operand x, w, y;
  const char* activation;   /* "relu", "gelu", ...; "none" */
  const char* padding_mode; /* "zeros", "reflect", "replicate", "circular", "symmetric" */
  const char* accumulator;  /* the type that sums are carried in */
} faltung_plugin_problem;

typedef struct faltung_plugin_device {
  size_t size;
  const char* type; /* "cpu", "cuda", "hip" */
  const char* name; /* as it calls itself */
  int32_t index;
  int32_t threads;         /* CPU threads that a plan may use */
  int32_t vector_bytes;    /* of a CPU's widest registers */
  int32_t multiprocessors; /* of a GPU */
  int32_t capability;      /* of CUDA: 10 * major + minor */
  int32_t reserved;
  double flops;            /* that the device reaches at most on the problem's numbers, a multiply-add being two */
  double bytes_per_second; /* of its memory */
} faltung_plugin_device;

/* One of the ways in which an engine does a problem. */
typedef struct faltung_plugin_variant {
  char name[64];     /* a word; "" if there is one only */
  char accuracy[16]; /* "exact", "reassociated" (the same products in another order), "transformed"; "": the second */
  double seconds;    /* estimated, of one run; 0: the library guesses */
  int64_t workspace_bytes; /* -1: known once it is planned */
} faltung_plugin_variant;

/* A problem made ready by plan(), to be run any number of times. */
typedef struct faltung_plugin_plan {
  size_t size;
  void* plan;             /* the engine's own, given to run(), prepare() and destroy() */
  size_t workspace_bytes; /* that each run needs */
  size_t prepared_bytes;  /* that prepare() makes of w; 0: there is nothing to prepare */
  size_t footprint_bytes; /* that the plan keeps in memory; 0: little */
  char outline[128];      /* a line about it for `faltung explain`; "": none */
} faltung_plugin_plan;

/* The arguments of one run. Pointers are to the first element of each operand, on the problem's device. */
typedef struct faltung_plugin_run {
  size_t size;
  void *x, *w, *y;      /* the pass says which one is written */
  const void *bias, *z; /* NULL unless the problem has them */
  double alpha;
  const void* prepared; /* what prepare() made: then w is not to be read. NULL: nothing was prepared */
  void* workspace;      /* aligned to 64 bytes; its contents are undefined */
  size_t workspace_bytes;
  void* stream;    /* cudaStream_t or hipStream_t on which the work is to be ordered; NULL on the CPU */
  int32_t threads; /* on the CPU at most so many */
  int32_t reserved;
  const void* execution; /* for the host's parallel() */
} faltung_plugin_run;

typedef struct faltung_plugin_engine {
  size_t size;
  void* data;          /* given to available(), ask() and plan() */
  const char* name;    /* "acme.conv": letters, digits, '.', '_' and '-' */
  const char* version; /* of the engine with all it rests on, a word: tuning records of other versions are not taken */
  const char* device;  /* "cpu", "cuda", "hip" */
  uint64_t features;   /* FALTUNG_PLUGIN_...: those that it knows */

  /* Whether it does the problem: how many `variants` (room for `capacity` of them) it wrote, the one it takes unless
   * measured first. 0: it refuses, and `reason` says why ("forward only"). Cheap, since all engines are asked. */
  size_t (*ask)(void* data, const faltung_plugin_problem* problem, const faltung_plugin_device* device,
                faltung_plugin_variant* variants, size_t capacity, faltung_plugin_text reason);
  /* 0, and *made filled (it comes zeroed); else it failed, and `reason` says why. */
  int (*plan)(void* data, const faltung_plugin_problem* problem, const faltung_plugin_device* device,
              const char* variant, faltung_plugin_plan* made, faltung_plugin_text reason);
  /* 0 if it ran. On a GPU it launches and returns. It should allocate nothing. Any thread may run a plan, several at
   * once. */
  int (*run)(const void* plan, const faltung_plugin_run* run, faltung_plugin_text reason);
  void (*destroy)(void* plan);

  /* The rest may be NULL. */
  int (*available)(void* data, faltung_plugin_text reason); /* 0: it can do nothing here, and why */
  /* What each run would do to run->w, done once: fills `prepared`, aligned to 64. 0 if it was done. */
  int (*prepare)(const void* plan, const faltung_plugin_run* run, void* prepared, faltung_plugin_text reason);
} faltung_plugin_engine;

/* The library that opens the plug-in. */
typedef struct faltung_plugin_host {
  size_t size;
  uint32_t plugin_version; /* its FALTUNG_PLUGIN_VERSION */
  const char* version;     /* its own */
  /* Calls task(argument, i) for 0 <= i < count on the CPU threads of a run, and returns when all have. Tasks do not
   * throw, nor wait for each other. */
  void (*parallel)(const void* execution, int64_t count, void (*task)(void* argument, int64_t i), void* argument);
} faltung_plugin_host;

typedef struct faltung_plugin_library {
  size_t size;
  uint32_t plugin_version; /* FALTUNG_PLUGIN_VERSION */
  uint32_t engine_count;
  const faltung_plugin_engine* const* engines; /* valid until close() */
  void (*close)(
      void); /* called before it is unloaded: when no context has its engines and its last plan is gone. Or NULL */
} faltung_plugin_library;

/* What a plug-in exports. Fills *library (it comes zeroed, but for its size); the host's functions may be called as
 * long as the plug-in is loaded. 0 if it did; else `reason` says why it cannot be used. Called once for each time that
 * it is loaded. */
int faltung_plugin(const faltung_plugin_host* host, faltung_plugin_library* library, faltung_plugin_text reason);
typedef int (*faltung_plugin_function)(const faltung_plugin_host*, faltung_plugin_library*, faltung_plugin_text);

#ifdef __cplusplus
}
#endif

#endif /* FALTUNG_PLUGIN_H_ */

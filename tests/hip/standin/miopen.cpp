// A stand-in for libMIOpen.so.1 that computes on the host, by the definition, on the stream of a handle. It checks what
// it is told, as the library does, and misbehaves as FALTUNG_STANDIN says.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "convolution.h"
#include "device_pointer.h"
#include "fault.h"
#include "stream.h"

using standin::asked_for;
using standin::Conv;
using standin::on_host;
using standin::on_stream;
using standin::Pass;
using standin::Stream;
using standin::Tensor;

namespace {

constexpr int success = 0, internal_error = 5, bad_parameter = 3, unknown = 7, unsupported = 8;
constexpr int gemm = 0, direct = 1, winograd = 3, implicit_gemm = 5;

struct Found {
  int algorithm;
  float milliseconds;
  std::size_t workspace;
};
struct Solution {
  float milliseconds;
  std::size_t workspace;
  std::uint64_t id;
  int algorithm;
};

// Searches that were made with it, as texts of problems: no algorithm runs on a handle without.
struct Handle {
  std::set<std::string> searched;
  Stream* stream = nullptr;
};

struct Activation {
  int mode = 0;
  double alpha = 0, beta = 0;
};

// Parts of a fusion plan; operators are addresses of them.
struct Fusion {
  bool compiled = false, has_activation = false;
  const Conv* conv = nullptr;
  const Tensor *w = nullptr, *bias = nullptr;
  int mode = 0;
  char convolution_op = 0, bias_op = 0, activation_op = 0;
};
struct Args {
  const void* w = nullptr;
  const void* bias = nullptr;
  Activation activation;
};

// What an exhausted or forgetful database knows.
std::size_t count_of_solutions() {
  if (asked_for("no_solutions") || asked_for("forgets")) return 0;
  return asked_for("many_solutions") ? 13 : 2;
}

constexpr std::size_t some_workspace = 4096;

std::vector<Solution> solutions() {
  std::vector<Solution> all;
  for (std::size_t i = 0; i < count_of_solutions(); ++i) {
    const int algorithm = i == 0 ? implicit_gemm : i == 1 ? direct : gemm;
    const std::size_t bytes = i == 0 ? (asked_for("greedy") ? std::size_t{1} << 40 : some_workspace) : 0;
    all.push_back({0.1f * static_cast<float>(i + 1), bytes, 100 + i, algorithm});
  }
  if (asked_for("winograd_first") && !all.empty()) all.front().algorithm = winograd;
  return all;
}

bool needs_more_than(std::uint64_t id, std::size_t bytes) {
  for (const Solution& each : solutions())
    if (each.id == id) return each.workspace > bytes || (id == 100 && asked_for("lies_about_workspace"));
  return true;
}

// Everything that a convolution on a stream needs when it comes to it.
struct Launch {
  Pass pass{};
  Conv conv;
  Tensor x, w, y;
  void *px = nullptr, *pw = nullptr, *py = nullptr;
  bool wrong = false;
};

void do_launch(const Launch& l) {
  const standin::Array x{l.x, l.px}, w{l.w, l.pw}, y{l.y, l.py};
  standin::convolve(l.pass, l.conv, x, w, y);
  const standin::Array& written = l.pass == Pass::forward ? y : l.pass == Pass::data ? x : w;
  if (l.wrong) standin::store(written, 0, standin::load(written, 0) + 64);
}

// What a library would keep of its last run that has only one place for it.
Launch& kept() {
  static auto* const launch = new Launch;
  return *launch;
}

int launch(const Handle& handle, Launch launch) {
  if (!standin::fits(launch.conv, launch.x, launch.w, launch.y)) return bad_parameter;
  if (asked_for("keeps_runs")) {
    kept() = std::move(launch);
    on_stream(handle.stream, [] { do_launch(kept()); });
  } else {
    on_stream(handle.stream, [launch = std::move(launch)] { do_launch(launch); });
  }
  return success;
}

// The operands of a pass from those of the interface: a and b are read, c is written.
struct Operands {
  const Tensor *x, *w, *y;
  const void *px, *pw, *py;

  Launch launch(Pass pass, const Conv& conv, bool wrong = asked_for("wrong")) const {
    return {pass, conv, *x, *w, *y, on_host(px), on_host(pw), on_host(py), wrong};
  }
};
Operands named(Pass pass, const Tensor* a, const void* pa, const Tensor* b, const void* pb, const Tensor* c,
               const void* pc) {
  if (pass == Pass::forward) return {a, b, c, pa, pb, pc};
  if (pass == Pass::data) return {c, b, a, pc, pb, pa};
  return {b, c, a, pb, pc, pa};
}

std::string key_of(Pass pass, const Conv& conv, const Operands& o) {
  std::string key(1, static_cast<char>('0' + static_cast<int>(pass)));
  for (const Tensor* each : {o.x, o.w, o.y})
    for (int size : each->sizes) key += "," + std::to_string(size);
  for (const auto* list : {&conv.pads, &conv.strides, &conv.dilations})
    for (int number : *list) key += ";" + std::to_string(number);
  return key;
}

int search(Pass pass, Handle& handle, const Conv& conv, const Operands& o, int asked, int* returned, Found* found,
           std::size_t workspace) {
  if (asked_for("slow_find")) std::this_thread::sleep_for(std::chrono::milliseconds(300));
  if (asked_for("find_fails") || (asked_for("find_needs_less") && workspace > 0)) return internal_error;
  if (const int status = launch(handle, o.launch(pass, conv)); status != success) return status;
  if (handle.stream) handle.stream->finish();
  handle.searched.insert(key_of(pass, conv, o));
  const Found all[] = {{implicit_gemm, 0.1f, asked_for("greedy") ? std::size_t{1} << 40 : some_workspace},
                       {direct, 0.2f, 0},
                       {gemm, 0.3f, 0}};
  *returned = 0;
  for (const Found& each : all)
    if (*returned < asked) found[(*returned)++] = each;
  return success;
}

int run_algorithm(Pass pass, Handle& handle, const void* alpha, const void* beta, const Conv& conv, const Operands& o,
                  int algorithm, std::size_t workspace) {
  if (*static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta) != 0) return unsupported;
  if (!handle.searched.count(key_of(pass, conv, o))) return unknown;
  if (algorithm == implicit_gemm && workspace < some_workspace) return bad_parameter;
  return launch(handle, o.launch(pass, conv));
}

int workspace_of(std::uint64_t id, std::size_t* bytes) {
  for (const Solution& each : solutions())
    if (each.id == id) return *bytes = each.workspace, success;
  return bad_parameter;
}

// The best solution is gone after the query, or does not compile; of the others none, if so wished.
int compile(std::uint64_t id) {
  if (asked_for("compile_fails") && id == 100) return internal_error;
  if (asked_for("nothing_compiles")) return internal_error;
  return success;
}

int run_solution(Pass pass, const Handle& handle, const Conv& conv, const Operands& o, std::uint64_t id,
                 std::size_t workspace) {
  if (asked_for("vanishes") && id == 100) return unknown;
  if (asked_for("all_vanish")) return unknown;
  if (needs_more_than(id, workspace)) return bad_parameter;
  const bool wrong = asked_for("wrong") || asked_for("wrong_s" + std::to_string(id));
  return launch(handle, o.launch(pass, conv, wrong));
}

double activated(const Activation& a, double v) {
  if (v != v) return v;
  switch (a.mode) {
    case 1:
      return 1 / (1 + std::exp(-v));
    case 2:
      return a.beta * std::tanh(a.alpha * v);
    case 3:
      return v > 0 ? v : 0;
    case 7:
      return v < 0 ? 0 : v < a.alpha ? v : a.alpha;
    default:
      return v;
  }
}

}  // namespace

extern "C" {

int miopenGetVersion(std::size_t* major, std::size_t* minor, std::size_t* patch) {
  *major = asked_for("other_version") ? 9 : 3;
  return *minor = 2, *patch = 0, success;
}
const char* miopenGetErrorString(int status) {
  return status == bad_parameter ? "miopenStatusBadParm"
         : status == unknown     ? "miopenStatusUnknownError"
                                 : "miopenStatusInternalError";
}
int miopenCreateWithStream(Handle** handle, Stream* stream) {
  return asked_for("no_handle") ? internal_error : (*handle = new Handle{{}, stream}, success);
}
int miopenSetStream(Handle* handle, Stream* stream) { return handle->stream = stream, success; }

int miopenCreateTensorDescriptor(Tensor** tensor) { return *tensor = new Tensor, success; }
int miopenSetTensorDescriptor(Tensor* tensor, int type, int rank, const int* sizes, const int* strides) {
  tensor->type = type;
  tensor->sizes.assign(sizes, sizes + rank);
  tensor->strides.assign(strides, strides + rank);
  return rank == 4 || rank == 5 ? success : bad_parameter;
}
int miopenDestroyTensorDescriptor(Tensor* tensor) { return delete tensor, success; }
int miopenCreateConvolutionDescriptor(Conv** conv) { return *conv = new Conv, success; }
int miopenInitConvolutionNdDescriptor(Conv* conv, int rank, const int* pads, const int* strides, const int* dilations,
                                      int mode) {
  if (mode != 0 || (rank != 2 && rank != 3)) return bad_parameter;
  conv->pads.assign(pads, pads + rank);
  conv->strides.assign(strides, strides + rank);
  conv->dilations.assign(dilations, dilations + rank);
  return success;
}
int miopenSetConvolutionGroupCount(Conv* conv, int count) { return conv->groups = count, success; }
int miopenSetConvolutionAttribute(Conv*, int which, int) {
  return which == 1 && asked_for("not_deterministic") ? unsupported : which <= 1 ? success : bad_parameter;
}
int miopenDestroyConvolutionDescriptor(Conv* conv) { return delete conv, success; }

#define PASS(NAME, PASS_, A, B)                                                                                       \
  int miopenConvolution##NAME##GetWorkSpaceSize(Handle*, Tensor*, Tensor*, Conv*, Tensor*, std::size_t* bytes) {      \
    return *bytes = some_workspace, success;                                                                          \
  }                                                                                                                   \
  int miopenFindConvolution##NAME##Algorithm(Handle* h, Tensor* a, const void* pa, Tensor* b, const void* pb,         \
                                             Conv* conv, Tensor* c, void* pc, int asked, int* returned, Found* found, \
                                             void*, std::size_t bytes, bool) {                                        \
    return search(PASS_, *h, *conv, named(PASS_, a, pa, b, pb, c, pc), asked, returned, found, bytes);                \
  }                                                                                                                   \
  int miopenConvolution##NAME(Handle* h, const void* alpha, Tensor* a, const void* pa, Tensor* b, const void* pb,     \
                              Conv* conv, int algorithm, const void* beta, Tensor* c, void* pc, void*,                \
                              std::size_t bytes) {                                                                    \
    return run_algorithm(PASS_, *h, alpha, beta, *conv, named(PASS_, a, pa, b, pb, c, pc), algorithm, bytes);         \
  }                                                                                                                   \
  int miopenConvolution##NAME##GetSolutionCount(Handle*, Tensor*, Tensor*, Conv*, Tensor*, std::size_t* count) {      \
    return *count = count_of_solutions(), success;                                                                    \
  }                                                                                                                   \
  int miopenConvolution##NAME##GetSolution(Handle*, Tensor*, Tensor*, Conv*, Tensor*, std::size_t most,               \
                                           std::size_t* count, Solution* all) {                                       \
    *count = 0;                                                                                                       \
    for (const Solution& each : solutions())                                                                          \
      if (*count < most) all[(*count)++] = each;                                                                      \
    return success;                                                                                                   \
  }                                                                                                                   \
  int miopenConvolution##NAME##GetSolutionWorkspaceSize(Handle*, Tensor*, Tensor*, Conv*, Tensor*, std::uint64_t id,  \
                                                        std::size_t* bytes) {                                         \
    return workspace_of(id, bytes);                                                                                   \
  }                                                                                                                   \
  int miopenConvolution##NAME##CompileSolution(Handle*, Tensor*, Tensor*, Conv*, Tensor*, std::uint64_t id) {         \
    return compile(id);                                                                                               \
  }                                                                                                                   \
  int miopenConvolution##NAME##Immediate(Handle* h, Tensor* A, const void* p##A, Tensor* B, const void* p##B,         \
                                         Conv* conv, Tensor* c, void* pc, void*, std::size_t bytes,                   \
                                         std::uint64_t id) {                                                          \
    return run_solution(PASS_, *h, *conv, named(PASS_, a, pa, b, pb, c, pc), id, bytes);                              \
  }
PASS(Forward, Pass::forward, b, a)
PASS(BackwardData, Pass::data, a, b)
PASS(BackwardWeights, Pass::weights, a, b)
#undef PASS

int miopenCreateActivationDescriptor(Activation** activation) { return *activation = new Activation, success; }
int miopenSetActivationDescriptor(Activation* activation, int mode, double alpha, double beta, double) {
  return *activation = {mode, alpha, beta}, success;
}
int miopenDestroyActivationDescriptor(Activation* activation) { return delete activation, success; }
int miopenActivationForward(Handle* h, Activation* activation, const void*, Tensor* x, const void* px, const void*,
                            Tensor* y, void* py) {
  on_stream(h->stream, [call = *activation, x = *x, px = on_host(px), y = *y, py = on_host(py)] {
    for (long i = 0; i < standin::count_of(x); ++i)
      standin::store({y, py}, i, activated(call, standin::load({x, px}, i)));
  });
  return success;
}
int miopenOpTensor(Handle* h, int op, const void*, Tensor* a, const void* pa, const void*, Tensor* b, const void* pb,
                   const void* beta, Tensor* c, void* pc) {
  if (op != 0 || *static_cast<const float*>(beta) != 0) return unsupported;
  on_stream(h->stream, [a = *a, pa = on_host(pa), b = *b, pb = on_host(pb), c = *c, pc = on_host(pc)] {
    standin::add_bias({a, pa}, {b, pb}, {c, pc});
  });
  return success;
}

int miopenCreateFusionPlan(Fusion** plan, int, Tensor*) { return *plan = new Fusion, success; }
int miopenCreateOpConvForward(Fusion* plan, void** op, const Conv* conv, const Tensor* w) {
  plan->conv = conv, plan->w = w;
  return *op = &plan->convolution_op, success;
}
int miopenCreateOpBiasForward(Fusion* plan, void** op, const Tensor* bias) {
  plan->bias = bias;
  return *op = &plan->bias_op, success;
}
int miopenCreateOpActivationForward(Fusion* plan, void** op, int mode) {
  plan->mode = mode, plan->has_activation = true;
  return *op = &plan->activation_op, success;
}
int miopenCompileFusionPlan(Handle*, Fusion* plan) {
  return asked_for("no_fusion") ? unsupported : (plan->compiled = true, success);
}
int miopenDestroyFusionPlan(Fusion* plan) { return delete plan, success; }
int miopenCreateOperatorArgs(Args** args) { return *args = new Args, success; }
int miopenDestroyOperatorArgs(Args* args) { return delete args, success; }
int miopenSetOpArgsConvForward(Args* args, void*, const void*, const void*, const void* w) {
  return args->w = w, success;
}
int miopenSetOpArgsBiasForward(Args* args, void*, const void*, const void*, const void* bias) {
  return args->bias = bias, success;
}
int miopenSetOpArgsActivForward(Args* args, void*, const void*, const void*, double alpha, double beta, double) {
  return args->activation.alpha = alpha, args->activation.beta = beta, success;
}
int miopenExecuteFusionPlan(Handle* h, Fusion* plan, Tensor* x, const void* px, Tensor* y, void* py, Args* args) {
  if (!plan->compiled || asked_for("fusion_fails")) return internal_error;
  const Tensor bias = plan->bias ? *plan->bias : Tensor{};
  const Activation last{plan->has_activation ? plan->mode : 0, args->activation.alpha, args->activation.beta};
  const bool has_bias = plan->bias;
  const Launch launch{Pass::forward, *plan->conv, *x, *plan->w, *y, on_host(px), on_host(args->w), on_host(py)};
  on_stream(h->stream, [launch, has_bias, bias, pbias = on_host(args->bias), last] {
    // In f32, rounded once at the end.
    Tensor wide{1, launch.y.sizes, launch.y.strides};
    std::vector<float> sums(static_cast<std::size_t>(standin::count_of(wide)));
    const standin::Array y{launch.y, launch.py}, all{wide, sums.data()};
    standin::convolve(Pass::forward, launch.conv, {launch.x, launch.px}, {launch.w, launch.pw}, all);
    if (has_bias) standin::add_bias(all, {bias, pbias}, all);
    for (std::size_t i = 0; i < sums.size(); ++i) standin::store(y, static_cast<long>(i), activated(last, sums[i]));
  });
  return success;
}
}

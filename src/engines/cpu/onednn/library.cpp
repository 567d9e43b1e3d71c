#include "engines/cpu/onednn/library.h"

#include <fmt/format.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/isa_limit.h"
#include "base/never_destroyed.h"
#include "base/open_library.h"
#include "engines/cpu/onednn/library_paths.h"
#include "faltung/error.h"

namespace faltung::cpu_onednn {
namespace {

constexpr const char* soname = "libdnnl.so.3";
std::atomic<bool> closing = false;
std::atomic<int> uses = 0;

void close() {
  closing = true;
  while (uses > 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
}

// Registered after the library's own handlers, so it runs before them.
void close_first() { std::atexit(close); }

OpenedLibrary open() {
  const Environment environment = environment_of_process();
  const std::string name = environment.get("FALTUNG_ONEDNN");
  if (name == "off") return {.missing = "FALTUNG_ONEDNN is off"};
  if (name.empty())
    if (OpenedLibrary there = opened_by_program({soname}); there.handle) return there;
  return open_first({soname, "FALTUNG_ONEDNN", !name.empty(), library_paths(soname, environment)});
}

void take_all(Symbols& symbols, Functions& f) {
  symbols.take(f.set_max_cpu_isa, "dnnl_set_max_cpu_isa");
  symbols.take(f.engine_create, "dnnl_engine_create");
  symbols.take(f.stream_create, "dnnl_stream_create");
  symbols.take(f.stream_destroy, "dnnl_stream_destroy");
  symbols.take(f.memory_desc_create_with_strides, "dnnl_memory_desc_create_with_strides");
  symbols.take(f.memory_desc_create_with_tag, "dnnl_memory_desc_create_with_tag");
  symbols.take(f.memory_desc_clone, "dnnl_memory_desc_clone");
  symbols.take(f.memory_desc_destroy, "dnnl_memory_desc_destroy");
  symbols.take(f.memory_desc_equal, "dnnl_memory_desc_equal");
  symbols.take(f.memory_desc_get_size, "dnnl_memory_desc_get_size");
  symbols.take(f.memory_create, "dnnl_memory_create");
  symbols.take(f.memory_destroy, "dnnl_memory_destroy");
  symbols.take(f.memory_set_data_handle, "dnnl_memory_set_data_handle");
  symbols.take(f.post_ops_create, "dnnl_post_ops_create");
  symbols.take(f.post_ops_destroy, "dnnl_post_ops_destroy");
  symbols.take(f.post_ops_append_sum, "dnnl_post_ops_append_sum");
  symbols.take(f.post_ops_append_eltwise, "dnnl_post_ops_append_eltwise");
  symbols.take(f.primitive_attr_create, "dnnl_primitive_attr_create");
  symbols.take(f.primitive_attr_destroy, "dnnl_primitive_attr_destroy");
  symbols.take(f.primitive_attr_set_scratchpad_mode, "dnnl_primitive_attr_set_scratchpad_mode");
  symbols.take(f.primitive_attr_set_fpmath_mode, "dnnl_primitive_attr_set_fpmath_mode");
  symbols.take(f.primitive_attr_set_post_ops, "dnnl_primitive_attr_set_post_ops");
  symbols.take(f.primitive_attr_set_scales_mask, "dnnl_primitive_attr_set_scales_mask");
  symbols.take(f.primitive_attr_set_zero_points_mask, "dnnl_primitive_attr_set_zero_points_mask");
  symbols.take(f.convolution_forward_primitive_desc_create, "dnnl_convolution_forward_primitive_desc_create");
  symbols.take(f.deconvolution_forward_primitive_desc_create, "dnnl_deconvolution_forward_primitive_desc_create");
  symbols.take(f.convolution_backward_data_primitive_desc_create,
               "dnnl_convolution_backward_data_primitive_desc_create");
  symbols.take(f.convolution_backward_weights_primitive_desc_create,
               "dnnl_convolution_backward_weights_primitive_desc_create");
  symbols.take(f.reorder_primitive_desc_create, "dnnl_reorder_primitive_desc_create");
  symbols.take(f.primitive_desc_query, "dnnl_primitive_desc_query");
  symbols.take(f.primitive_desc_query_md, "dnnl_primitive_desc_query_md");
  symbols.take(f.primitive_desc_destroy, "dnnl_primitive_desc_destroy");
  symbols.take(f.primitive_create, "dnnl_primitive_create");
  symbols.take(f.primitive_execute, "dnnl_primitive_execute");
  symbols.take(f.primitive_destroy, "dnnl_primitive_destroy");
}

// Found through the library: the runtime that it has loaded, whichever others there are.
void take_all(Symbols& symbols, OpenMp& openmp) {
  symbols.take(openmp.get_max_threads, "omp_get_max_threads");
  symbols.take(openmp.set_num_threads, "omp_set_num_threads");
  symbols.take(openmp.in_parallel, "omp_in_parallel");
  symbols.take(openmp.get_dynamic, "omp_get_dynamic");
  symbols.take(openmp.get_thread_limit, "omp_get_thread_limit");
}

// Threads of any other kind cannot be limited by a call.
std::string fault_of_runtime(unsigned runtime) {
  if (runtime == runtime::sequential || runtime == runtime::openmp) return {};
  const char* const name = runtime == runtime::tbb          ? "TBB"
                           : runtime == runtime::threadpool ? "an application's thread pool"
                           : runtime & runtime::sycl        ? "SYCL"
                                                            : "another runtime";
  return fmt::format("was built for {}, not for OpenMP", name);
}

struct State {
  Library taken;
  std::string missing;

  State() {
    OpenedLibrary found = open();
    missing = std::move(found.missing);
    if (!found.handle) return;
    taken.where = std::move(found.where);
    if (const std::string fault = take(found.handle); !fault.empty())
      missing = fmt::format("{} {}", taken.where, fault);
    pthread_atfork(nullptr, nullptr, [] { uses = 0; });  // those of a parent's threads do not end in its child
    close_first();
  }

  // What is wrong with it; empty if nothing is.
  std::string take(void* library) {
    Symbols symbols(library);
    symbols.take(taken.functions.version, "dnnl_version");
    if (!symbols.missing().empty()) return fmt::format("has no {}", symbols.missing());
    const Version& version = *taken.functions.version();
    taken.version = fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
    taken.number = version.major * 1000 + version.minor;
    if (version.major != 3) return fmt::format("is of version {}, not 3", taken.version);
    if (std::string fault = fault_of_runtime(version.cpu_runtime); !fault.empty()) return fault;
    take_all(symbols, taken.functions);
    if (version.cpu_runtime == runtime::openmp) take_all(symbols, taken.openmp);
    if (!symbols.missing().empty()) return fmt::format("has no {}", symbols.missing());
    limit_isa();
    const Status status = taken.functions.engine_create(&taken.cpu, EngineKind::cpu, 0);
    return status == Status::success ? "" : fmt::format("has no CPU engine (status {})", static_cast<int>(status));
  }

  // Has to come before anything else asks it what the processor can do; then it refuses, and only debugging is poorer.
  void limit_isa() const {
    const std::string_view limit = isa_limit().name;
    if (limit == "avx2") taken.functions.set_max_cpu_isa(CpuIsa::avx2);
    if (limit == "sse4" || limit == "baseline") taken.functions.set_max_cpu_isa(CpuIsa::sse41);
  }
};

const State& state() {
  static const NeverDestroyed<State> found;
  return *found;
}

}  // namespace

const Library* library() { return library_missing().empty() ? &state().taken : nullptr; }
std::string_view library_missing() {
  return state().missing.empty() && closing ? "the program is ending" : std::string_view(state().missing);
}
const Library& opened() { return state().taken; }
bool is_closing() noexcept { return closing; }

// It makes data when it first needs them, and registers their end then.
void keep_data_of(const std::string& implementation) {
  static NeverDestroyed<std::mutex> mutex;
  static NeverDestroyed<std::set<std::string, std::less<>>> known;
  const std::lock_guard lock(*mutex);
  if ((*known).insert(implementation).second) close_first();
}

void leave_to_the_system(const void* object) noexcept try {
  static NeverDestroyed<std::mutex> mutex;
  static NeverDestroyed<std::vector<const void*>> left;
  const std::lock_guard lock(*mutex);
  (*left).push_back(object);
} catch (...) {  // no memory: then it is reported
}

Use::Use() noexcept {
  ++uses;
  allowed_ = !closing;
}

Use::~Use() { --uses; }

AllowedUse::AllowedUse() {
  if (!use_.is_allowed()) throw Error(ErrorCode::Unsupported, "the program is ending");
}

void fail(Status status, const char* what) {
  const bool memory = status == Status::out_of_memory;
  const bool unsupported = status == Status::unimplemented || status == Status::invalid_arguments;
  throw Error(memory        ? ErrorCode::OutOfMemory
              : unsupported ? ErrorCode::Unsupported
                            : ErrorCode::EngineFailure,
              fmt::format("oneDNN {}: {}: {}", opened().version, what,
                          unsupported ? "it has no implementation"
                          : memory    ? "out of memory"
                                      : fmt::format("status {}", static_cast<int>(status))));
}

}  // namespace faltung::cpu_onednn

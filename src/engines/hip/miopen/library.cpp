#include "engines/hip/miopen/library.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "base/never_destroyed.h"
#include "base/open_library.h"
#include "faltung/error.h"

namespace faltung::hip_miopen {
namespace {

std::atomic<bool> closing = false;

void take_pass(Symbols& symbols, const std::string& pass, PassCalls& calls) {
  const std::string run = "miopenConvolution" + pass, find = "miopenFindConvolution" + pass + "Algorithm";
  symbols.take(run.c_str(), calls.run);
  symbols.take(find.c_str(), calls.find);
  symbols.take((run + "GetWorkSpaceSize").c_str(), calls.workspace);
  symbols.take((run + "GetSolutionCount").c_str(), calls.solution_count);
  symbols.take((run + "GetSolution").c_str(), calls.solutions);
  symbols.take((run + "GetSolutionWorkspaceSize").c_str(), calls.solution_workspace);
  symbols.take((run + "CompileSolution").c_str(), calls.compile);
  symbols.take((run + "Immediate").c_str(), calls.immediate);
}

void take_descriptors(Symbols& symbols, Library& f) {
  symbols.take("miopenCreateTensorDescriptor", f.create_tensor);
  symbols.take("miopenSetTensorDescriptor", f.set_tensor);
  symbols.take("miopenDestroyTensorDescriptor", f.destroy_tensor);
  symbols.take("miopenCreateConvolutionDescriptor", f.create_convolution);
  symbols.take("miopenInitConvolutionNdDescriptor", f.set_convolution);
  symbols.take("miopenSetConvolutionGroupCount", f.set_groups);
  symbols.take("miopenSetConvolutionAttribute", f.set_attribute);
  symbols.take("miopenDestroyConvolutionDescriptor", f.destroy_convolution);
  symbols.take("miopenCreateActivationDescriptor", f.create_activation);
  symbols.take("miopenSetActivationDescriptor", f.set_activation);
  symbols.take("miopenActivationForward", f.activate);
  symbols.take("miopenDestroyActivationDescriptor", f.destroy_activation);
  symbols.take("miopenOpTensor", f.tensor_operation);
}

void take_fusion(Symbols& symbols, Library& f) {
  symbols.take("miopenCreateFusionPlan", f.create_fusion);
  symbols.take("miopenCreateOpConvForward", f.fuse_convolution);
  symbols.take("miopenCreateOpBiasForward", f.fuse_bias);
  symbols.take("miopenCreateOpActivationForward", f.fuse_activation);
  symbols.take("miopenCompileFusionPlan", f.compile_fusion);
  symbols.take("miopenExecuteFusionPlan", f.execute_fusion);
  symbols.take("miopenDestroyFusionPlan", f.destroy_fusion);
  symbols.take("miopenCreateOperatorArgs", f.create_args);
  symbols.take("miopenSetOpArgsConvForward", f.set_convolution_args);
  symbols.take("miopenSetOpArgsBiasForward", f.set_bias_args);
  symbols.take("miopenSetOpArgsActivForward", f.set_activation_args);
  symbols.take("miopenDestroyOperatorArgs", f.destroy_args);
}

Opened open() {
  Opened result;
  OpenedLibrary library = open_library({"libMIOpen.so.1", "libMIOpen.so"}, "FALTUNG_MIOPEN");
  result.where = std::move(library.where);
  result.missing = std::move(library.missing);
  if (!library.handle) return result;
  Library& f = result.functions;
  Symbols symbols(library.handle);
  symbols.take("miopenGetVersion", f.version);
  symbols.take("miopenGetErrorString", f.error_string);
  symbols.take("miopenCreateWithStream", f.create_handle);
  symbols.take("miopenSetStream", f.set_stream);
  take_descriptors(symbols, f);
  take_pass(symbols, "Forward", f.passes[0]);
  take_pass(symbols, "BackwardData", f.passes[1]);
  take_pass(symbols, "BackwardWeights", f.passes[2]);
  take_fusion(symbols, f);
  if (!symbols.missing().empty()) {
    result.missing = fmt::format("{} has no {}", result.where, symbols.missing());
    return result;
  }
  std::size_t major = 0, minor = 0, patch = 0;
  f.version(&major, &minor, &patch);
  result.version = fmt::format("{}.{}.{}", major, minor, patch);
  if (major != 2 && major != 3)
    result.missing = fmt::format("{} is of version {}, not 2 or 3", result.where, result.version);
  std::atexit([] { closing = true; });  // registered after MIOpen's own handlers, so it runs before them
  return result;
}

}  // namespace

const Opened& opened() {
  static const NeverDestroyed<Opened> once(open());  // plans may outlive all static objects
  return *once;
}

bool is_closing() noexcept { return closing; }

std::string text_of(Status status) {
  const char* text = miopen().error_string(status);
  return fmt::format("{} (status {})", text ? text : "no text", static_cast<int>(status));
}

void fail(Status status, const char* what) {
  const bool refused =
      status == Status::bad_parameter || status == Status::not_implemented || status == Status::unsupported;
  throw Error(status == Status::allocation_failed ? ErrorCode::OutOfMemory
              : refused                           ? ErrorCode::Unsupported
                                                  : ErrorCode::EngineFailure,
              fmt::format("{}: {}", what, text_of(status)));
}

}  // namespace faltung::hip_miopen

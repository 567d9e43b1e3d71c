#include "engines/hip/miopen/library/library.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>

#include "base/never_destroyed.h"
#include "base/open_library.h"
#include "faltung/error.h"
#include "plan/errata/errata.h"

namespace faltung::hip_miopen {
namespace {

std::atomic<bool> closing = false;

// In the order of Library.
constexpr const char* names =
    "miopenGetVersion\0"
    "miopenGetErrorString\0"
    "miopenCreateWithStream\0"
    "miopenSetStream\0"
    "miopenCreateTensorDescriptor\0"
    "miopenSetTensorDescriptor\0"
    "miopenDestroyTensorDescriptor\0"
    "miopenCreateConvolutionDescriptor\0"
    "miopenInitConvolutionNdDescriptor\0"
    "miopenSetConvolutionGroupCount\0"
    "miopenSetConvolutionAttribute\0"
    "miopenDestroyConvolutionDescriptor\0"
    "miopenConvolutionForwardGetWorkSpaceSize\0"
    "miopenFindConvolutionForwardAlgorithm\0"
    "miopenConvolutionForward\0"
    "miopenConvolutionForwardGetSolutionCount\0"
    "miopenConvolutionForwardGetSolution\0"
    "miopenConvolutionForwardGetSolutionWorkspaceSize\0"
    "miopenConvolutionForwardCompileSolution\0"
    "miopenConvolutionForwardImmediate\0"
    "miopenConvolutionBackwardDataGetWorkSpaceSize\0"
    "miopenFindConvolutionBackwardDataAlgorithm\0"
    "miopenConvolutionBackwardData\0"
    "miopenConvolutionBackwardDataGetSolutionCount\0"
    "miopenConvolutionBackwardDataGetSolution\0"
    "miopenConvolutionBackwardDataGetSolutionWorkspaceSize\0"
    "miopenConvolutionBackwardDataCompileSolution\0"
    "miopenConvolutionBackwardDataImmediate\0"
    "miopenConvolutionBackwardWeightsGetWorkSpaceSize\0"
    "miopenFindConvolutionBackwardWeightsAlgorithm\0"
    "miopenConvolutionBackwardWeights\0"
    "miopenConvolutionBackwardWeightsGetSolutionCount\0"
    "miopenConvolutionBackwardWeightsGetSolution\0"
    "miopenConvolutionBackwardWeightsGetSolutionWorkspaceSize\0"
    "miopenConvolutionBackwardWeightsCompileSolution\0"
    "miopenConvolutionBackwardWeightsImmediate\0"
    "miopenCreateActivationDescriptor\0"
    "miopenSetActivationDescriptor\0"
    "miopenActivationForward\0"
    "miopenDestroyActivationDescriptor\0"
    "miopenOpTensor\0"
    "miopenCreateFusionPlan\0"
    "miopenCreateOpConvForward\0"
    "miopenCreateOpBiasForward\0"
    "miopenCreateOpActivationForward\0"
    "miopenCompileFusionPlan\0"
    "miopenExecuteFusionPlan\0"
    "miopenDestroyFusionPlan\0"
    "miopenCreateOperatorArgs\0"
    "miopenSetOpArgsConvForward\0"
    "miopenSetOpArgsBiasForward\0"
    "miopenSetOpArgsActivForward\0"
    "miopenDestroyOperatorArgs\0";

Opened open() {
  Opened result;
  OpenedLibrary library = open_library({"libMIOpen.so.1", "libMIOpen.so"}, "FALTUNG_MIOPEN");
  result.where = std::move(library.where);
  result.missing = std::move(library.missing);
  if (!library.handle) return result;
  result.functions = take_functions<Library>(library.handle, names, result.missing);
  if (!result.missing.empty()) {
    result.missing = fmt::format("{} has no {}", result.where, result.missing);
    return result;
  }
  std::size_t major = 0, minor = 0, patch = 0;
  result.functions.version(&major, &minor, &patch);
  result.version = fmt::format("{}.{}.{}", major, minor, patch);
  result.number = version_number(static_cast<std::int64_t>(major), static_cast<std::int64_t>(minor));
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

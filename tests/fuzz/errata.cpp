// Any text is a list of errata of cuDNN or an Error; whatever was read can be asked about a problem.
#include "engines/cuda/cudnn/errata.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faltung;
  static const ConvProblem problem = parse_problem("wgrad f16 nhwc n2 c8 k8 g2 i9x8 f3x2 s2 d1x2 p1x0");
  const cuda_cudnn::ConfigKey config{.engine = 17, .knobs = {{.type = 25, .value = 1}, {.type = 0, .value = 2}}};
  try {
    for (const auto& erratum : cuda_cudnn::parse_errata({reinterpret_cast<const char*>(data), size})) {
      if (erratum.reason.empty()) std::abort();
      (void)cuda_cudnn::erratum_for({erratum}, problem, 91900);
      (void)cuda_cudnn::erratum_for({erratum}, problem, 91900, config);
    }
  } catch (const Error&) {
  }
  return 0;
}

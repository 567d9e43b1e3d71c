// Any text is a list of errata of cuDNN, or of MIOpen, or an Error; whatever was read can be asked about a problem.
#include "engines/cuda/cudnn/choose/errata.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engines/hip/miopen/errata.h"

namespace {

using namespace faltung;

void read_as_cudnns(std::string_view text, const ConvProblem& problem) try {
  const cuda_cudnn::ConfigKey config{.engine = 17, .knobs = {{.type = 25, .value = 1}, {.type = 0, .value = 2}}};
  for (const auto& erratum : cuda_cudnn::parse_errata(text)) {
    if (erratum.line.reason.empty()) std::abort();
    (void)cuda_cudnn::erratum_for({erratum}, problem, 91900);
    (void)cuda_cudnn::erratum_for({erratum}, problem, 91900, config);
  }
} catch (const Error&) {
}

void read_as_miopens(std::string_view text, const ConvProblem& problem) try {
  const std::vector<Erratum> all = parse_errata(text, hip_miopen::check_way);
  const hip_miopen::ErrataOfProblem known(all, problem, version_number(3, 2));
  for (const Erratum& erratum : all)
    if (erratum.reason.empty()) std::abort();
  (void)known.against_all();
  (void)known.against({.milliseconds = 1, .workspace_bytes = 0, .id = 37, .algorithm = hip_miopen::Algorithm::gemm});
} catch (const Error&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ConvProblem problem = parse_problem("wgrad f16 nhwc n2 c8 k8 g2 i9x8 f3x2 s2 d1x2 p1x0");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_as_cudnns(text, problem);
  read_as_miopens(text, problem);
  return 0;
}

#include "engines/cuda/cublaslt/algorithms.h"

#include <fmt/format.h>

#include <array>

#include "engines/cuda/cublaslt/algorithm_name.h"
#include "faltung/error.h"

namespace faltung::cuda_cublaslt {
namespace {

struct Setting {
  cublasLtMatmulAlgoConfigAttributes_t attribute;
  std::size_t bytes;
};
constexpr std::array<Setting, setting_names.size()> settings{{{CUBLASLT_ALGO_CONFIG_TILE_ID, 4},
                                                              {CUBLASLT_ALGO_CONFIG_STAGES_ID, 4},
                                                              {CUBLASLT_ALGO_CONFIG_SPLITK_NUM, 4},
                                                              {CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, 4},
                                                              {CUBLASLT_ALGO_CONFIG_CTA_SWIZZLING, 4},
                                                              {CUBLASLT_ALGO_CONFIG_CUSTOM_OPTION, 4},
                                                              {CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID, 2},
                                                              {CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID, 2}}};
constexpr std::size_t reduction = 3;
static_assert(setting_names[reduction] == "reduction");

[[noreturn]] void refuse(std::string_view name, std::string_view reason) {
  throw Error(ErrorCode::Unsupported, fmt::format("{}: {}", name, reason));
}

class Preference {
 public:
  explicit Preference(const Request& request) {
    check(cublaslt().init_preference(&raw_, sizeof raw_), "cublasLtMatmulPreferenceInit");
    const ConvProblem& p = request.problem;
    const auto alignment = [&](const Matrix& matrix) -> std::uint32_t { return p.operand(matrix.role).alignment; };
    const std::uint32_t c =
        p.epilogue.add ? static_cast<std::uint32_t>(request.epilogue_alignment) : alignment(request.matmul.d);
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{request.workspace_limit});
    set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, reductions_allowed(p));
    set(CUBLASLT_MATMUL_PREF_IMPL_MASK, implementations_allowed(p));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment(request.matmul.a));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment(request.matmul.b));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, c);
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment(request.matmul.d));
  }
  cublasLtMatmulPreference_t get() noexcept { return &raw_; }

 private:
  template <class Value>
  void set(cublasLtMatmulPreferenceAttributes_t attribute, const Value& value) {
    check(cublaslt().set_preference(&raw_, attribute, &value, sizeof value), "cublasLtMatmulPreferenceSetAttribute");
  }
  cublasLtMatmulPreferenceOpaque_t raw_;
};

// The product with a bias of which only the alignment is known.
Product planned_product(const Request& request) {
  return product_of(request.problem, request.matmul, reinterpret_cast<const void*>(request.epilogue_alignment));
}

AlgorithmKey key_of(const cublasLtMatmulAlgo_t& algorithm) {
  AlgorithmKey key;
  std::size_t written = 0;
  check(cublaslt().get_setting(&algorithm, CUBLASLT_ALGO_CONFIG_ID, &key.id, sizeof key.id, &written),
        "number of an algorithm");
  for (std::size_t i = 0; i < settings.size(); ++i)  // little-endian: two bytes fill the lower half
    check(cublaslt().get_setting(&algorithm, settings[i].attribute, &key.settings[i], settings[i].bytes, &written),
          "setting of an algorithm");
  return key;
}

cublasLtMatmulAlgo_t algorithm_of(const Request& request, const AlgorithmKey& key) {
  const Types types = types_of(request.problem);
  cublasLtMatmulAlgo_t algorithm;
  check(cublaslt().init_algorithm(request.handle, types.compute, types.scale, types.read, types.read, types.written,
                                  types.written, key.id, &algorithm),
        "cublasLtMatmulAlgoInit");
  for (std::size_t i = 0; i < settings.size(); ++i)
    check(cublaslt().set_setting(&algorithm, settings[i].attribute, &key.settings[i], settings[i].bytes),
          "setting of an algorithm");
  return algorithm;
}

std::uint64_t implementation_of(const cublasLtMatmulAlgo_t& algorithm) {
  std::uint64_t flags = 0;
  std::size_t written = 0;
  check(cublaslt().get_capability(&algorithm, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS, &flags, sizeof flags, &written),
        "how an algorithm computes");
  return flags;
}

}  // namespace

std::vector<Algorithm> suggested(const Request& request, int most) {
  Product product = planned_product(request);
  Layouts layouts = layouts_of(request.problem, request.matmul);
  Preference preference(request);
  std::vector<cublasLtMatmulHeuristicResult_t> results(static_cast<std::size_t>(most));
  int count = 0;
  check(cublaslt().suggest(request.handle, &product, &layouts.a, &layouts.b, &layouts.d, &layouts.d, preference.get(),
                           most, results.data(), &count),
        "cublasLtMatmulAlgoGetHeuristic");
  std::vector<Algorithm> all;
  for (const auto& result : std::span(results).first(static_cast<std::size_t>(count)))
    if (result.state == CUBLAS_STATUS_SUCCESS)
      all.push_back({algorithm_name(key_of(result.algo)), result.algo, result.workspaceSize});
  if (all.empty()) refuse("the heuristics", "no algorithm");
  return all;
}

Algorithm algorithm_named(const Request& request, std::string_view name) {
  const auto key = parse_algorithm_name(name);
  if (!key) refuse(name, "names no algorithm of cuBLASLt");
  if ((key->settings[reduction] & ~reductions_allowed(request.problem)) != 0) refuse(name, "rounds parts of a sum");
  const cublasLtMatmulAlgo_t algorithm = algorithm_of(request, *key);
  if ((implementation_of(algorithm) & ~implementations_allowed(request.problem)) != 0)
    refuse(name, "computes with other numbers than the problem allows");
  Product product = planned_product(request);
  Layouts layouts = layouts_of(request.problem, request.matmul);
  cublasLtMatmulHeuristicResult_t result{};
  check(cublaslt().check_algorithm(request.handle, &product, &layouts.a, &layouts.b, &layouts.d, &layouts.d, &algorithm,
                                   &result),
        "cublasLtMatmulAlgoCheck");
  if (result.workspaceSize > request.workspace_limit)
    refuse(name, fmt::format("needs a workspace of {} bytes; the limit is {}", result.workspaceSize,
                             request.workspace_limit));
  return {std::string(name), algorithm, result.workspaceSize};
}

bool can_be_named(const Request& request, std::string_view name) try {
  algorithm_named(request, name);
  return true;
} catch (const Error&) {
  return false;
}

}  // namespace faltung::cuda_cublaslt

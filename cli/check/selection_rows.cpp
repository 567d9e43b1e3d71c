// Rows of PyTorch's backend choices against torch_selection().
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "check/files.h"

namespace faltung::check {
namespace {

Dims dims(const Json& values) { return Dims(values.get<std::vector<std::int64_t>>()); }

TorchCall call_of(const Json& row, const Json& table) {
  TorchCall call;
  call.device = row.at("device").get<std::string>();
  const auto type = row.at("dtype").get<std::string>();
  const std::optional<DType> dtype = dtype_from_name(type);
  if (!dtype) throw Error(ErrorCode::InvalidArgument, "a row has the unknown dtype " + type);
  call.dtype = *dtype;
  call.input = dims(row.at("input"));
  call.weight = dims(row.at("weight"));
  call.stride = dims(row.at("stride"));
  call.padding = dims(row.at("padding"));
  call.dilation = dims(row.at("dilation"));
  call.transposed = row.at("transposed").get<bool>();
  call.output_padding = dims(row.at("output_padding"));
  call.groups = row.at("groups").get<std::int64_t>();
  call.input_channels_last = call.weight_channels_last = row.at("channels_last").get<bool>();
  call.needs_grad = row.at("needs_grad").get<bool>();
  call.flags.deterministic = row.at("deterministic").get<bool>();
  call.flags.cudnn_version = table.at("cudnn").get<int>();
  call.flags.mkldnn_built = table.at("mkldnn").get<bool>();
  call.flags.threads = table.at("cpu_threads").get<int>();
  return call;
}

}  // namespace

std::vector<CaseResult> run_selection_rows(const Json& table) {
  std::vector<CaseResult> results;
  for (const Json& row : table.at("rows")) {
    const TorchSelection selection = torch_selection(call_of(row, table));
    const std::string expected = row.contains("error") ? "refused" : row.at("backend").get<std::string>();
    CaseResult& result = results.emplace_back();
    result.name = fmt::format("selection_{:04}", results.size() - 1);
    if (selection.name == expected) continue;
    result.status = CaseResult::Status::failed;
    result.detail = fmt::format("PyTorch takes {}, torch_selection says {}: {}; row {}", expected, selection.name,
                                fmt::join(selection.reasons, "; "), row.dump());
  }
  return results;
}

}  // namespace faltung::check

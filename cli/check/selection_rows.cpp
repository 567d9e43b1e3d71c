// Rows of PyTorch's backend choices against torch_selection().
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "check/files.h"

namespace faltung::check {
namespace {

using nlohmann::json;

Dims dims(const json& values) { return Dims(values.get<std::vector<std::int64_t>>()); }

TorchCall call_of(const json& row, const json& table) {
  TorchCall call;
  call.device = row.at("device");
  const std::string type = row.at("dtype");
  const std::optional<DType> dtype = dtype_from_name(type);
  if (!dtype) throw Error(ErrorCode::InvalidArgument, "a row has the unknown dtype " + type);
  call.dtype = *dtype;
  call.input = dims(row.at("input"));
  call.weight = dims(row.at("weight"));
  call.stride = dims(row.at("stride"));
  call.padding = dims(row.at("padding"));
  call.dilation = dims(row.at("dilation"));
  call.transposed = row.at("transposed");
  call.output_padding = dims(row.at("output_padding"));
  call.groups = row.at("groups");
  call.input_channels_last = call.weight_channels_last = row.at("channels_last").get<bool>();
  call.needs_grad = row.at("needs_grad");
  call.flags.deterministic = row.at("deterministic");
  call.flags.cudnn_version = table.at("cudnn");
  call.flags.mkldnn_built = table.at("mkldnn");
  call.flags.threads = table.at("cpu_threads");
  return call;
}

}  // namespace

std::vector<CaseResult> run_selection_rows(const json& table) {
  std::vector<CaseResult> results;
  for (const json& row : table.at("rows")) {
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

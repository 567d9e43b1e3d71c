#include "check/conformance_file.h"

#include <fstream>
#include <iterator>

#include "check/files.h"

namespace faltung::check {
namespace {

Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorCode::Io, "cannot open " + path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  try {
    return Json::parse(text);
  } catch (const JsonError& error) {
    throw Error(ErrorCode::InvalidArgument, path + " is not JSON: " + error.what());
  }
}

}  // namespace

std::vector<CaseResult> run_conformance_file(const std::string& path, const Options& options) {
  try {
    if (path.ends_with(".safetensors")) return run_tensor_cases(load_safetensors(path), options);
    const Json content = read_json(path);
    if (content.is_object() && content.contains("rows")) return run_selection_rows(content);
    if (content.is_array()) return run_refused_calls(content, options);
  } catch (const JsonError& error) {
    throw Error(ErrorCode::InvalidArgument, path + " is not a conformance file: " + error.what());
  }
  throw Error(ErrorCode::InvalidArgument, path + " is not a conformance file: it has neither cases, rows nor calls");
}

}  // namespace faltung::check

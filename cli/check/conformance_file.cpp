#include "check/conformance_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "check/files.h"

namespace faltung::check {
namespace {

constexpr std::uintmax_t largest_text = 16 << 20;  // as values it takes many times as much

std::string read_text(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);  // an error for what is no file
  std::ifstream file(path, std::ios::binary);
  if (error || !file) throw Error(ErrorCode::Io, "cannot open " + path);
  if (size > largest_text) throw Error(ErrorCode::Io, path + " is larger than 16 MiB");
  std::string text(size, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(size))) throw Error(ErrorCode::Io, "cannot read " + path);
  return text;
}

Json parse_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const JsonError& error) {
    throw Error(ErrorCode::InvalidArgument, std::string("it is not JSON: ") + error.what());
  }
}

std::vector<CaseResult> run(const Json& content, const Options& options) {
  if (content.is_object() && content.contains("rows")) return run_selection_rows(content);
  if (content.is_array()) return run_refused_calls(content, options);
  throw JsonError("it has neither cases, rows nor calls");
}

}  // namespace

std::vector<CaseResult> run_conformance_json(std::string_view text, const Options& options) {
  const Json content = parse_json(text);
  try {
    return run(content, options);
  } catch (const JsonError& error) {
    throw Error(ErrorCode::InvalidArgument, std::string("it is not a conformance file: ") + error.what());
  }
}

std::vector<CaseResult> run_conformance_file(const std::string& path, const Options& options) {
  try {
    if (!path.ends_with(".safetensors")) return run_conformance_json(read_text(path), options);
    return run_tensor_cases(load_safetensors(path), options);
  } catch (const JsonError& error) {
    throw Error(ErrorCode::InvalidArgument, path + " is not a conformance file: " + error.what());
  }
}

}  // namespace faltung::check

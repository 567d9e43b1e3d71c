#include "info_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "json/json.h"
#include "media/arrays.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

void print_text(const std::string& file, const FileContents& contents) {
  print_result("{}\n", file);
  Table table({"array", "type", "extents", ">bytes"});
  for (const auto& [name, array] : contents.tensors)
    table.row({printable_name(name), printable_name(array.type), fmt::format("[{}]", fmt::join(array.sizes, ", ")),
               std::to_string(array.bytes)});
  table.print();
  for (const auto& [key, text] : contents.metadata)
    print_result("{}: {:.200}\n", printable_name(key), printable_name(text));
}

Json json_of(const std::string& name, const StoredTensor& array) {
  Json extents = Json::array();
  for (const std::int64_t extent : array.sizes) extents.push_back(extent);
  return {{"name", name}, {"type", array.type}, {"extents", extents}, {"bytes", array.bytes}};
}

Json json_of(const std::string& file, const FileContents& contents) {
  Json arrays = Json::array(), metadata = Json::array();
  for (const auto& [name, array] : contents.tensors) arrays.push_back(json_of(name, array));
  for (const auto& [key, text] : contents.metadata) metadata.push_back({{"key", key}, {"text", text}});
  return {{"file", file}, {"arrays", arrays}, {"metadata", metadata}};
}

}  // namespace

int info_of_files(const std::vector<std::string>& files, bool json) {
  for (const std::string& file : files) {
    const FileContents contents = list_arrays(file);
    if (json)
      print_result("{}\n", json_of(file, contents).dump());
    else
      print_text(file, contents);
  }
  return ok;
}

}  // namespace faltung::cli

#include "tuning/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/float_environment.h"
#include "base/folder.h"
#include "base/sha256.h"
#include "tuning/record_line.h"
#include "tuning/store_files.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_environments = 64;  // that are looked at for records of another

std::string hash_of(std::string_view text) { return sha256(text).substr(0, 32); }

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

// From the root down; a folder that may not be used ends the way.
FolderState look_at_all(std::string path, std::initializer_list<std::string_view> below) {
  for (const std::string_view name : below) {
    path += fmt::format("/{}", name);
    if (FolderState state = look_at_folder(path); !state) return state;
  }
  return {};
}

FoundRecord unusable(std::string where, std::string fault) {
  FoundRecord found;
  found.where = std::move(where);
  found.fault = std::move(fault);
  return found;
}

TuningEntry unusable_entry(const std::string& path, const std::string& fault) {
  TuningEntry entry;
  entry.path = path;
  entry.fault = fault;
  return entry;
}

FoundRecord read_record(const std::string& path, FileText file) {
  if (!file.fault.empty()) return unusable(path, std::move(file.fault));
  try {
    return {parse_record_file(file.text), path, {}};
  } catch (const Error& error) {
    return unusable(path, error.what());
  }
}

}  // namespace

TuningRecord parse_record_file(std::string_view text) {
  const std::size_t last = text.rfind("\nsha256 ");
  if (last == std::string_view::npos || !text.ends_with('\n'))
    throw Error(ErrorCode::InvalidArgument, "it has no checksum: it was cut off");
  std::vector<TuningRecord> records = parse_tuning(text);
  if (records.size() != 1 || records.front().environment.empty())
    throw Error(ErrorCode::InvalidArgument, "it is not one record with its environment");
  return std::move(records.front());
}

RecordFolder::RecordFolder(const std::string& root, std::string_view environment) : environment_(environment) {
  const DefaultFloatEnvironment scope;
  const std::string all = root + "/tuning/1", own = hash_of(environment);
  const FolderState state = look_at_all(root, {"tuning", "1"});
  if (!state) {
    if (!state.fault.empty()) records_ = all, fault_ = state.fault;
    return;
  }
  if (const FolderState records = look_at_all(all, {own, "records"}); !records.missing) {
    records_ = fmt::format("{}/{}/records", all, own);
    fault_ = records.fault;
  }
  for (const std::string& name : names_in(all)) {
    if (name == own || foreign_.size() == most_environments || !look_at_all(all, {name, "records"})) continue;
    const FileText text = read_store_file(fmt::format("{}/{}/environment.txt", all, name));
    foreign_.push_back({fmt::format("{}/{}/records", all, name), one_line(text.text)});
  }
}

std::optional<FoundRecord> RecordFolder::find(const TuningKey& key) const {
  if (records_.empty() && foreign_.empty()) return std::nullopt;
  if (!fault_.empty()) return unusable(records_, fault_);
  const DefaultFloatEnvironment scope;
  const std::string name = hash_of(print_key(key));
  if (records_.empty()) return find_foreign(name);
  const std::string path = fmt::format("{}/{}", records_, name);
  FileText file = read_store_file(path);
  if (file.missing) return find_foreign(name);
  FoundRecord found = read_record(path, std::move(file));
  if (found.fault.empty() && found.record.key != key) found.fault = "it is of another problem than its name says";
  if (found.fault.empty() && found.record.environment != environment_)
    found.fault = fmt::format("measured with {}", environment_difference(found.record.environment, environment_));
  return found;
}

std::optional<FoundRecord> RecordFolder::find_foreign(const std::string& name) const {
  for (const Foreign& other : foreign_)
    if (const std::string path = fmt::format("{}/{}", other.records, name); store_file_exists(path))
      return unusable(path, fmt::format("measured with {}", environment_difference(other.environment, environment_)));
  return std::nullopt;
}

std::vector<TuningEntry> list_tuning(const std::string& root) {
  const DefaultFloatEnvironment scope;
  std::vector<TuningEntry> entries;
  const std::string all = root + "/tuning/1";
  const auto usable = [&](const std::string& path, const FolderState& state) {
    if (!state.fault.empty()) entries.push_back(unusable_entry(path, state.fault));
    return static_cast<bool>(state);
  };
  if (!usable(all, look_at_all(root, {"tuning", "1"}))) return entries;
  for (const std::string& environment : names_in(all)) {
    const std::string records = fmt::format("{}/{}/records", all, environment);
    if (!usable(records, look_at_all(all, {environment, "records"}))) continue;
    for (const std::string& name : names_in(records)) {
      const std::string path = fmt::format("{}/{}", records, name);
      FileText file = read_store_file(path);
      if (file.missing) continue;  // removed meanwhile
      FoundRecord found = read_record(path, std::move(file));
      if (found.fault.empty() && name != hash_of(print_key(found.record.key)))
        found.fault = "it is of another problem than its name says";
      entries.push_back({path, std::move(found.record), std::move(found.fault)});
    }
  }
  return entries;
}

std::string put_tuning(const std::string& root, const TuningRecord& record) {
  const DefaultFloatEnvironment scope;
  if (root.empty())
    throw Error(ErrorCode::Io, "there is no folder for tuning records: neither HOME nor another is set");
  if (record.environment.empty()) throw Error(ErrorCode::InvalidArgument, "a record of the store says where it holds");
  std::error_code error;
  fs::create_directories(root, error);  // what is wrong shows below
  std::string folder = root;
  for (const std::string& name : {std::string("tuning"), std::string("1"), hash_of(record.environment)})
    make_store_folder(folder += "/" + name);
  if (!store_file_exists(folder + "/environment.txt")) {
    std::string lines = record.environment + "\n";
    std::replace(lines.begin(), lines.end(), ' ', '\n');
    write_store_file(folder, "environment.txt", lines);
  }
  make_store_folder(folder += "/records");
  const std::string name = hash_of(print_key(record.key));
  write_store_file(folder, name, print_tuning(std::span(&record, 1)));
  return fmt::format("{}/{}", folder, name);
}

}  // namespace faltung

// export, merge, import, prune: files and folders are written.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <span>

#include "command.h"
#include "faltung/io.h"
#include "records/actions.h"
#include "records/records.h"
#include "support/files.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

std::int64_t now() {
  using std::chrono::system_clock;
  return std::chrono::floor<std::chrono::seconds>(system_clock::now().time_since_epoch()).count();
}

// Why it goes; empty: it stays.
std::string reason_to_remove(const TuningEntry& entry, const TuningOptions& options, const std::string& here) {
  if (!entry.fault.empty()) return entry.fault;
  if (options.all) return "all are removed";
  const std::int64_t age = now() - entry.record.made;
  if (options.older_than > 0 && age > std::int64_t{86400} * options.older_than)
    return fmt::format("made {}", print_date(entry.record.made));
  const std::string difference = environment_difference(entry.record.environment, here);
  return options.foreign && !difference.empty() ? "measured with " + difference : "";
}

bool remove(const TuningEntry& entry, const std::string& reason) {
  std::error_code error;
  if (std::filesystem::is_directory(std::filesystem::symlink_status(entry.path, error)) ||
      !std::filesystem::remove(entry.path, error)) {
    print_message("faltung: {} stays: {}\n", entry.path, error ? error.message() : entry.fault);
    return false;
  }
  print_result("{}: {}\n", printable_name(entry.path), reason);
  return true;
}

}  // namespace

int export_records(const TuningOptions& options) {
  if (options.action == "merge" && options.files.empty()) throw UsageError("tuning merge: name the files");
  if (options.action == "export" && !options.files.empty())
    throw UsageError("tuning export takes no files; it writes the store to --output");
  const std::string text = print_tuning(newest_of(records_of(options.files)));
  if (options.output.empty()) {
    print_result("{}", text);
  } else {
    need_folder_of(options.output);
    replace_file(options.output, std::as_bytes(std::span(text)));
  }
  return ok;
}

// Records that do not say where they hold are taken as measured here, with all threads.
int import_records(const TuningOptions& options) {
  if (options.files.empty()) throw UsageError("tuning import: name the files");
  const std::string folder = options.into.empty() ? user_tuning_folder() : options.into;
  std::string here;
  std::size_t count = 0;
  for (TuningRecord& record : newest_of(records_of(options.files))) {
    if (record.environment.empty()) {
      if (here.empty()) here = open_context(options.choosing).tuning_environment();
      record.environment = here;
    }
    put_tuning(folder, record);
    ++count;
  }
  print_result("{} records are in {}\n", count, printable_name(folder));
  return ok;
}

int prune_records(const TuningOptions& options) {
  if (!options.files.empty()) throw UsageError("tuning prune takes no files; it works on the user's folder");
  const std::string here = open_context(options.choosing).tuning_environment();
  int code = ok;
  for (const TuningEntry& entry : list_tuning(user_tuning_folder()))
    if (const std::string reason = reason_to_remove(entry, options, here); !reason.empty() && !remove(entry, reason))
      code = failed;
  return code;
}

}  // namespace faltung::cli

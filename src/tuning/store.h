// One folder of the store: ROOT/tuning/1/ENVIRONMENT/{environment.txt,records/KEY}, both named by their hash. A record
// is a file by itself, so that writers never wait for each other and none drops another's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tuning/records.h"

namespace faltung {

// The records of a folder that hold in one environment, as planning looks for them. What folders there are is found
// out once: then a key takes one attempt to open a file, and a folder that is not there takes nothing.
class RecordFolder {
 public:
  RecordFolder(const std::string& root, std::string_view environment);

  // The record of the key, or one with the reason why it is not taken; nothing if there is no file.
  std::optional<FoundRecord> find(const TuningKey& key) const;

 private:
  struct Foreign {
    std::string records, environment;
  };
  std::optional<FoundRecord> find_foreign(const std::string& name) const;

  std::string environment_;
  std::string records_;  // empty: there are none
  std::string fault_;    // why they may not be used
  std::vector<Foreign> foreign_;
};

// A file of the store as text: a single record with its checksum. Throws InvalidArgument.
TuningRecord parse_record_file(std::string_view text);

}  // namespace faltung

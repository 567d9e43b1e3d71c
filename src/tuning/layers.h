// Where records are looked for, in this order: in the context (loaded by the program, or measured), in the user's
// folder, in the machine's.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tuning/records.h"
#include "tuning/store.h"

namespace faltung {

using RecordFolders = std::vector<RecordFolder>;

// The folders of the store for the environment that was asked for last; shared by all threads.
class Store {
 public:
  std::shared_ptr<const RecordFolders> folders_for(const std::string& environment);
  void look_again() noexcept;  // when next asked

 private:
  std::mutex mutex_;
  std::string environment_;
  std::shared_ptr<const RecordFolders> folders_;
};

class TuningLayers final : public TuningSource {
 public:
  // Null folders: the store is not read.
  TuningLayers(TuningRecords& own, std::string environment, std::shared_ptr<const RecordFolders> folders)
      : own_(own), environment_(std::move(environment)), folders_(std::move(folders)) {}

  bool find(const TuningKey& key, const Take& take) const override;
  void add(const TuningRecord& record) override;  // as one of this environment

 private:
  TuningRecords& own_;
  std::string environment_;
  std::shared_ptr<const RecordFolders> folders_;
};

}  // namespace faltung

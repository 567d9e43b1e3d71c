#include "tuning/layers.h"

namespace faltung {

std::shared_ptr<const RecordFolders> Store::folders_for(const std::string& environment) {
  const std::lock_guard lock(mutex_);
  if (folders_ && environment_ == environment) return folders_;
  RecordFolders folders;
  if (const std::string user = user_tuning_folder(); !user.empty()) folders.emplace_back(user, environment);
  for (const std::string& folder : machine_tuning_folders()) folders.emplace_back(folder, environment);
  environment_ = environment;
  folders_ = std::make_shared<const RecordFolders>(std::move(folders));
  return folders_;
}

void Store::look_again() noexcept {
  const std::lock_guard lock(mutex_);
  folders_ = nullptr;
}

bool TuningLayers::find(const TuningKey& key, const Take& take) const {
  if (own_.find(key, environment_, take)) return true;
  if (!folders_) return false;
  for (const RecordFolder& folder : *folders_)
    if (const auto found = folder.find(key); found && take(*found)) return true;
  return false;
}

void TuningLayers::add(const TuningRecord& record) {
  TuningRecord here = record;
  here.environment = environment_;
  own_.add(here);
}

}  // namespace faltung

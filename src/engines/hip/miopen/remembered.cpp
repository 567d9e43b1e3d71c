#include "engines/hip/miopen/remembered.h"

#include <map>
#include <mutex>

#include "base/never_destroyed.h"

namespace faltung::hip_miopen {
namespace {

constexpr std::size_t most = 1024;

struct Memory {
  std::mutex mutex;
  std::map<std::string, std::vector<Found>> all;
};

Memory& memory() {
  static NeverDestroyed<Memory> shared;
  return *shared;
}

}  // namespace

std::optional<std::vector<Found>> remembered(const std::string& key) {
  const std::lock_guard lock(memory().mutex);
  const auto found = memory().all.find(key);
  if (found == memory().all.end()) return std::nullopt;
  return found->second;
}

void remember(const std::string& key, const std::vector<Found>& found) {
  const std::lock_guard lock(memory().mutex);
  if (memory().all.size() >= most) memory().all.clear();
  memory().all[key] = found;
}

}  // namespace faltung::hip_miopen

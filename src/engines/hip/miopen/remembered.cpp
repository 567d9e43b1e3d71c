#include "engines/hip/miopen/remembered.h"

#include <mutex>
#include <utility>

#include "base/never_destroyed.h"

namespace faltung::hip_miopen {
namespace {

constexpr std::size_t most = 256;

struct Memory {
  std::mutex mutex;
  std::vector<std::pair<std::string, std::vector<Found>>> all;  // the oldest is overwritten
  std::size_t next = 0;
};

Memory& memory() {
  static NeverDestroyed<Memory> shared;
  return *shared;
}

}  // namespace

std::optional<std::vector<Found>> remembered(const std::string& key) {
  const std::lock_guard lock(memory().mutex);
  for (const auto& [known, found] : memory().all)
    if (known == key) return found;
  return std::nullopt;
}

void remember(const std::string& key, const std::vector<Found>& found) {
  const std::lock_guard lock(memory().mutex);
  Memory& m = memory();
  if (m.all.empty()) m.all.resize(most);
  m.all[m.next++ % most] = {key, found};
}

}  // namespace faltung::hip_miopen

#include "base/dispatcher.h"

#include <algorithm>
#include <utility>

#include "base/float_environment.h"

namespace faltung {
namespace {

thread_local bool inside = false;

class InsideRegion {
 public:
  InsideRegion() noexcept : before_(std::exchange(inside, true)) {}
  ~InsideRegion() { inside = before_; }
  InsideRegion(const InsideRegion&) = delete;
  InsideRegion& operator=(const InsideRegion&) = delete;

 private:
  bool before_;
};

}  // namespace

bool inside_region() noexcept { return inside; }

Executor::Executor() : dispatcher_(new Dispatcher) {}
Executor::~Executor() { dispatcher_->let_go(1); }

void Dispatcher::let_go(int count) noexcept {
  if (keepers_.fetch_sub(count) == count) delete this;
}

bool Dispatcher::run(Executor& executor, RegionWork& work, int threads) noexcept {
  const auto place = std::find_if(regions_.begin(), regions_.end(), [](Region& region) { return region.reserve(); });
  if (place == regions_.end()) return false;
  place->open(work, threads);
  // Helpers that were asked for and have not come will see this region as well.
  ask(executor, std::min(threads - 1, executor.threads() - 1 - coming_.load()));
  const InsideRegion scope;
  place->finish();
  return true;
}

void Dispatcher::ask(Executor& executor, int count) noexcept {
  if (count <= 0) return;
  keep(count);
  coming_.fetch_add(count);
  int sent = 0;
  try {
    sent = std::clamp(executor.submit(count, help_once, this), 0, count);
  } catch (...) {  // the calling thread does it alone
  }
  if (sent == count) return;
  coming_.fetch_sub(count - sent);
  let_go(count - sent);
}

void Dispatcher::help_once(void* dispatcher) noexcept {
  Dispatcher& self = *static_cast<Dispatcher*>(dispatcher);
  self.coming_.fetch_sub(1);  // before looking: who opens a region later asks for another helper
  {
    const InsideRegion scope;
    const DefaultFloatEnvironment environment;
    for (Region& region : self.regions_) region.help();
  }
  self.let_go(1);
}

}  // namespace faltung

#include "base/never_destroyed.h"

#include <dlfcn.h>

#include <atomic>

namespace faltung {

void stay_loaded() noexcept {
  static std::atomic<bool> done{false};
  Dl_info own;
  if (done.exchange(true) || !dladdr(reinterpret_cast<void*>(&stay_loaded), &own)) return;
  dlopen(own.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);  // nothing to do for a program itself
}

}  // namespace faltung

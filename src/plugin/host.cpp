#include "plugin/host.h"

#include "base/parallel_for.h"
#include "faltung/version.h"

namespace faltung::plugin {
namespace {

void run_in_parallel(const void* execution, std::int64_t count, void (*task)(void*, std::int64_t), void* argument) {
  parallel_for(*static_cast<const Execution*>(execution), count, [=](std::int64_t i) { task(argument, i); });
}

}  // namespace

const faltung_plugin_host& host() noexcept {
  static const faltung_plugin_host it{sizeof it, FALTUNG_PLUGIN_VERSION, version(), run_in_parallel};
  return it;
}

}  // namespace faltung::plugin

// Any text is a list of tuning records or an Error; records that were read survive being written and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "faltung/context.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  faltung::Context context;
  try {
    context.load_tuning_text(std::string(reinterpret_cast<const char*>(data), size));
  } catch (const faltung::Error&) {
    return 0;
  }
  faltung::Context again;
  again.load_tuning_text(context.tuning_text());  // an Error here is a failure
  if (again.tuning_text() != context.tuning_text()) std::abort();
  return 0;
}

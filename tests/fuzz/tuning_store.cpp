// Any bytes are a file of the store or an Error, also where the checksum is right; a record is the same when it is
// written and read again.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "base/sha256.h"
#include "faltung/error.h"
#include "tuning/store.h"

namespace {

void read(const std::string& file) {
  using namespace faltung;
  try {
    const TuningRecord record = parse_record_file(file);
    const std::string text = print_tuning(std::span(&record, 1));
    const TuningRecord again = parse_record_file(text);
    if (print_tuning(std::span(&again, 1)) != text || again.key != record.key) std::abort();
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  read(text);
  text.resize(std::min(text.size(), text.rfind("\nsha256 ")));
  text += '\n';
  read(text + "sha256 " + faltung::sha256(text) + "\n");
  return 0;
}

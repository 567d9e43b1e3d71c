// Any text is a conformance file, or an Error: calls, choices of PyTorch, or cases with tensors. What the files claim
// is judged elsewhere; here nothing may crash, hang or take all memory.
#include <cstdint>
#include <string_view>

#include "check/files.h"

namespace {

using namespace faltung;

void run(std::span<const std::uint8_t> data) {
  const check::Options options{.threads = 1};
  const bool is_json = !data.empty() && (data.front() == '[' || data.front() == '{');
  if (is_json)
    (void)check::run_conformance_json({reinterpret_cast<const char*>(data.data()), data.size()}, options);
  else
    (void)check::run_tensor_cases(parse_safetensors(std::as_bytes(data)), options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    run({data, size});
  } catch (const Error&) {
  } catch (const JsonError&) {
  }
  return 0;
}

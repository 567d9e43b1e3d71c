// Any bytes are an archive of arrays, or a Failure or an Error.
#include "media/npz.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "command.h"
#include "faltung/error.h"

namespace {

// A file that is in memory only.
class File {
 public:
  explicit File(std::span<const std::uint8_t> bytes) : descriptor_(::memfd_create("npz", 0)) {
    if (::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

template <class Work>
void attempt(Work work) {
  try {
    work();
  } catch (const faltung::cli::Failure&) {
  } catch (const faltung::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const File file({data, size});
  attempt([&] { (void)faltung::cli::npz_contents(file.path()); });
  attempt([&] {
    for (const std::string& name : faltung::cli::npz_names(file.path()))
      attempt([&] { (void)faltung::cli::load_npz(file.path(), name); });
  });
  return 0;
}

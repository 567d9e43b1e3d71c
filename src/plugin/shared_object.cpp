#include "plugin/shared_object.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tensor/file.h"

namespace faltung::plugin {
namespace {

using Header = std::conditional_t<sizeof(void*) == 8, Elf64_Ehdr, Elf32_Ehdr>;
using Segment = std::conditional_t<sizeof(void*) == 8, Elf64_Phdr, Elf32_Phdr>;

constexpr unsigned char own_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;

#if defined(__x86_64__)
constexpr int own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int own_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr int own_machine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr int own_machine = EM_PPC64;
#else
constexpr int own_machine = EM_NONE;  // is not looked at
#endif

template <class T>
T read_at(const ByteSource& file, std::uint64_t offset) {
  T value;
  file.read(offset, std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

bool lies_in(const ByteSource& file, std::uint64_t offset, std::uint64_t bytes) {
  return offset <= file.size && bytes <= file.size - offset;
}

bool is_whole(const ByteSource& file, const Header& header) {
  if (header.e_phentsize != sizeof(Segment)) return false;
  if (!lies_in(file, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Segment))) return false;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = read_at<Segment>(file, header.e_phoff + i * sizeof(Segment));
    if (!lies_in(file, segment.p_offset, segment.p_filesz)) return false;
  }
  return true;
}

bool names_entry(const ByteSource& file) {
  constexpr char entry[] = "\0faltung_plugin";  // with the zeros around it, as a table of names has it
  std::vector<char> part(1 << 20);
  for (std::uint64_t at = 0; at < file.size; at += part.size() - sizeof entry) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(part.size(), file.size - at));
    file.read(at, std::as_writable_bytes(std::span(part.data(), length)));
    if (std::string_view(part.data(), length).find(std::string_view(entry, sizeof entry)) != std::string_view::npos)
      return true;
  }
  return false;
}

}  // namespace

std::string fault_of_shared_object(const std::string& path) {
  const ByteSource file = open_file(path);
  if (file.size < sizeof(Header)) return "is no shared object";
  const auto header = read_at<Header>(file, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "is no shared object";
  if (header.e_ident[EI_CLASS] != own_class || (own_machine != EM_NONE && header.e_machine != own_machine))
    return fmt::format("was built for another processor (ELF machine {}, class {})", header.e_machine,
                       header.e_ident[EI_CLASS]);
  if (header.e_type != ET_DYN) return "is no shared object, but another kind of ELF file";
  if (!is_whole(file, header)) return "is cut off";
  return names_entry(file) ? "" : "has no function faltung_plugin()";
}

}  // namespace faltung::plugin

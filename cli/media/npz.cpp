#include "media/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <system_error>

#include "command.h"
#include "faltung/io.h"
#include "support/files.h"

namespace faltung::cli {
namespace {

constexpr std::uint64_t deflate_limit = 1032;  // deflate cannot make more bytes of one
constexpr std::uint64_t copies = 3;            // of an entry, while it grows and becomes an array
constexpr std::int64_t most_entries = 65536;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;
using Archive = std::unique_ptr<zip_t, CloseArchive>;

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Archive open(const std::string& path) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive) throw Failure(fmt::format("cannot read {}: {}", path, text_of(code)));
  if (zip_get_num_entries(archive.get(), 0) > most_entries) {
    throw Failure(fmt::format("{} holds more than {} entries", path, most_entries));
  }
  return archive;
}

// libzip believes what the entry says, which may be more than the file has. Capped, so that no product of it wraps.
std::uint64_t packed_size(const zip_stat_t& entry, const std::string& path) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / deflate_limit;
  std::error_code ignored;  // then it is the largest number
  return std::min<std::uint64_t>({entry.comp_size, std::filesystem::file_size(path, ignored), most});
}

// A stored entry is as large as the file that holds it.
std::uint64_t most_unpacked(std::uint64_t packed) {
  return std::min(most_memory(packed) / copies, deflate_limit * packed);
}

std::uint64_t checked_size(const zip_stat_t& entry, const std::string& path, const std::string& where) {
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  if ((entry.valid & needed) != needed) throw Failure(where + " does not say how large it is");
  if (entry.encryption_method != ZIP_EM_NONE) throw Failure(where + " is encrypted");
  const std::uint64_t packed = packed_size(entry, path);
  if (entry.comp_method == ZIP_CM_STORE) {
    if (entry.size != entry.comp_size) throw Failure(where + " contradicts itself about its size");
  } else if (entry.comp_method != ZIP_CM_DEFLATE) {
    throw Failure(where + " is packed by another method than deflate");
  } else if (entry.size > most_unpacked(packed)) {
    throw Failure(fmt::format("{} says that its {} bytes unpack to {}; at most {} are read", where, packed, entry.size,
                              most_unpacked(packed)));
  }
  return entry.size;
}

std::vector<std::byte> unpack(zip_file_t* entry, std::uint64_t size, const std::string& where) {
  constexpr std::uint64_t chunk = 1 << 20;  // grows with what really comes, not with what was said
  std::vector<std::byte> bytes;
  while (bytes.size() < size) {
    const std::size_t before = bytes.size();
    bytes.resize(before + std::min(chunk, size - before));
    const zip_int64_t got = zip_fread(entry, bytes.data() + before, bytes.size() - before);
    if (got <= 0) throw Failure(where + " is damaged: it ends too early or does not unpack");
    bytes.resize(before + static_cast<std::size_t>(got));
  }
  std::byte more;
  if (zip_fread(entry, &more, 1) != 0)
    throw Failure(where + " is damaged: it is larger than it says, or its checksum is wrong");
  return bytes;
}

std::vector<std::string> names_of(zip_t* archive) {
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    std::string text = name ? name : "";
    if (text.ends_with(".npy")) names.push_back(text.substr(0, text.size() - 4));
  }
  return names;
}

// Headers are short; no more is unpacked.
StoredTensor described(zip_t* archive, const std::string& name) {
  std::vector<std::byte> beginning(1024);
  const Entry entry(zip_fopen(archive, (name + ".npy").c_str(), 0));
  const zip_int64_t got = entry ? zip_fread(entry.get(), beginning.data(), beginning.size()) : -1;
  if (got < 0) return {"cannot be unpacked", {}, 0};
  beginning.resize(static_cast<std::size_t>(got));
  try {
    return list_npy(beginning);
  } catch (const Error& error) {
    const std::string_view reason = error.what();
    return {std::string(reason.substr(0, reason.find(';'))), {}, 0};
  }
}

}  // namespace

std::vector<std::string> npz_names(const std::string& path) { return names_of(open(path).get()); }

FileContents npz_contents(const std::string& path) {
  const Archive archive = open(path);
  FileContents contents;
  for (const std::string& name : names_of(archive.get()))
    contents.tensors.try_emplace(name, described(archive.get(), name));
  return contents;
}

Tensor load_npz(const std::string& path, const std::string& name, std::optional<DType> dtype) {
  const Archive archive = open(path);
  const std::string where = fmt::format("{}:{}", path, name);
  zip_stat_t entry;
  zip_stat_init(&entry);
  if (zip_stat(archive.get(), (name + ".npy").c_str(), 0, &entry) != 0) throw Failure(where + " does not exist");
  const std::uint64_t size = checked_size(entry, path, where);
  const Entry file(zip_fopen_index(archive.get(), entry.index, 0));
  if (!file) throw Failure(fmt::format("cannot read {}: {}", where, zip_strerror(archive.get())));
  return parse_npy(unpack(file.get(), size, where), dtype);
}

namespace {

// The archive takes the source over only when it is added.
void add_entry(zip_t* archive, const std::string& name, const std::vector<std::byte>& bytes) {
  std::unique_ptr<zip_source_t, FreeSource> source(zip_source_buffer(archive, bytes.data(), bytes.size(), 0));
  if (!source) throw std::bad_alloc();
  const zip_int64_t index = zip_file_add(archive, (name + ".npy").c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  if (index < 0) throw Failure(fmt::format("cannot pack {}: {}", name, zip_strerror(archive)));
  source.release();
  zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);  // as NumPy's savez
}

std::vector<std::byte> contents(zip_source_t* buffer) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_stat(buffer, &stat) != 0 || zip_source_open(buffer) != 0) throw Failure("cannot pack the archive");
  std::vector<std::byte> bytes(stat.size);
  const zip_int64_t got = zip_source_read(buffer, bytes.data(), bytes.size());
  zip_source_close(buffer);
  if (got != static_cast<zip_int64_t>(bytes.size())) throw Failure("cannot pack the archive");
  return bytes;
}

}  // namespace

void save_npz(const std::string& path, const std::string& name, const TensorView& array) {
  const std::vector<std::byte> npy = format_npy(array);
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, FreeSource> buffer(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!buffer) throw std::bad_alloc();
  zip_source_keep(buffer.get());  // the archive drops one reference when it closes
  Archive archive(zip_open_from_source(buffer.get(), ZIP_TRUNCATE, &error));
  if (!archive) throw std::bad_alloc();
  add_entry(archive.get(), name, npy);
  if (zip_close(archive.get()) != 0)
    throw Failure(fmt::format("cannot pack {}: {}", path, zip_strerror(archive.get())));
  archive.release();
  replace_file(path, contents(buffer.get()));
}

}  // namespace faltung::cli

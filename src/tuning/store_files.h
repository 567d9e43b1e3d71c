// Files and folders of the store, which others may have prepared: what is not a plain file or folder of the user's, or
// of root's, is not followed, opened for writing or believed.
#pragma once

#include <string>
#include <string_view>

namespace faltung {

// The reason why the folder may not be used; empty: it may. `missing` is set if there is none, which is no fault.
struct FolderState {
  bool missing = false;
  std::string fault;
  explicit operator bool() const noexcept { return !missing && fault.empty(); }
};
FolderState look_at_folder(const std::string& path);

struct FileText {
  bool missing = false;
  std::string text, fault;
};
FileText read_store_file(const std::string& path);
bool store_file_exists(const std::string& path) noexcept;

// Makes the folder if it is not there; those above it must be. Throws Io, also if it may not be used.
void make_store_folder(const std::string& path);
// The file is whole or not there; what had its name, a symbolic link too, is replaced. Throws Io.
void write_store_file(const std::string& folder, const std::string& name, std::string_view text);

}  // namespace faltung

// A shared object that holds engines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "faltung/plugin.h"

namespace faltung::plugin {

// A plug-in as long as something of it is in use: engines and plans hold it, and the last to go unloads it.
class Library {
 public:
  // The one that is open already, or opened now. Throws Io if the file cannot be read, InvalidArgument if it is no
  // plug-in that this version can open, Unsupported with the plug-in's own reason.
  static std::shared_ptr<const Library> open(const std::string& path);

  explicit Library(const std::string& path);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const std::string& path() const noexcept { return path_; }
  // As this version knows them: members that the plug-in did not know are null.
  const std::vector<faltung_plugin_engine>& engines() const noexcept { return engines_; }

 private:
  void enter();
  void take_engines(const faltung_plugin_library& described);

  std::string path_;
  std::shared_ptr<void> handle_;
  void (*close_)() = nullptr;
  std::vector<faltung_plugin_engine> engines_;
};

}  // namespace faltung::plugin

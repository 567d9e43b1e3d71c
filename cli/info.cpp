// faltung info: this build, this machine.
#include "faltung/info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <png.h>
#include <zip.h>

#include <memory>

#include "command.h"
#include "json/json.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

std::string name_of(Device device) {
  const char* type = device.type == DeviceType::cpu ? "cpu" : device.type == DeviceType::cuda ? "cuda" : "hip";
  return fmt::format("{}:{}", type, device.index);
}

// The library's own, and what the program reads files with.
std::vector<LibraryReport> libraries_of(const Info& info) {
  std::vector<LibraryReport> libraries = info.libraries;
  libraries.push_back({"libpng", png_get_libpng_ver(nullptr), "linked by the program"});
  libraries.push_back({"libzip", zip_libzip_version(), "linked by the program"});
  return libraries;
}

Json json_of(const DeviceReport& device) {
  return {{"device", name_of(device.device)},    {"name", device.name},         {"threads", device.threads},
          {"vector_bytes", device.vector_bytes}, {"features", device.features}, {"l1_bytes", device.l1_bytes},
          {"l2_bytes", device.l2_bytes},         {"l3_bytes", device.l3_bytes}};
}

void print_json(const Info& info) {
  Json json = {{"version", info.build.version}, {"compiler", info.build.compiler}, {"mode", info.build.mode}};
  json["devices"] = Json::array();
  for (const DeviceReport& device : info.devices) json["devices"].push_back(json_of(device));
  json["libraries"] = Json::array();
  for (const LibraryReport& library : libraries_of(info)) {
    json["libraries"].push_back({{"name", library.name}, {"version", library.version}, {"state", library.state}});
  }
  fmt::print("{}\n", json.dump(2));
}

void print_text(const Info& info) {
  fmt::print("faltung {}, {}, {}\n\n", info.build.version, info.build.compiler, info.build.mode);
  for (const DeviceReport& device : info.devices) {
    fmt::print("{}  {}\n  {} threads, vectors of {} bytes, caches of {} KiB, {} KiB, {} MiB\n  {}\n\n",
               name_of(device.device), device.name, device.threads, device.vector_bytes, device.l1_bytes >> 10,
               device.l2_bytes >> 10, device.l3_bytes >> 20, fmt::join(device.features, " "));
  }
  Table table({"library", "version", "state"});
  for (const LibraryReport& library : libraries_of(info)) table.row({library.name, library.version, library.state});
  table.print();
}

int run(bool json) {
  const Info info = faltung::info();
  json ? print_json(info) : print_text(info);
  return ok;
}

}  // namespace

Command info_command(App& program) {
  App app = program.add_subcommand("info", "This build, the processor's features, devices and libraries");
  const auto json = std::make_shared<bool>(false);
  app.footer("Example:\n  faltung info --json");
  app.add_flag("--json", *json, "As JSON");
  return {app, [json] { return run(*json); }};
}

}  // namespace faltung::cli

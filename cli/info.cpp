// faltung info: this build, this machine.
#include "faltung/info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <png.h>
#include <zip.h>

#include <memory>

#include "command.h"
#include "info_files.h"
#include "json/json.h"
#include "media/picture.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

std::string name_of(Device device) { return fmt::format("{}:{}", faltung::name_of(device.type), device.index); }

// The library's own, and what the program reads files with.
std::vector<LibraryReport> libraries_of(const Info& info) {
  std::vector<LibraryReport> libraries = info.libraries;
  libraries.push_back({"libpng", png_get_libpng_ver(nullptr), "linked by the program"});
  libraries.push_back({"libzip", zip_libzip_version(), "linked by the program"});
  libraries.push_back(jpeg_library());
  libraries.push_back(tiff_library());
  return libraries;
}

Json json_of(const DeviceReport& device) {
  Json json = {{"device", name_of(device.device)},
               {"name", device.name},
               {"features", device.features},
               {"hertz", device.hertz},
               {"flops", nullptr},
               {"bytes_per_second", device.bytes_per_second}};
  for (const CeilingReport& ceiling : device.ceilings) json["flops"][ceiling.unit][ceiling.type] = ceiling.flops;
  if (device.device.type == DeviceType::cpu) {
    json["threads"] = device.threads;
    json["vector_bytes"] = device.vector_bytes;
    json["isa"] = device.isa;
    json["max_isa"] = device.max_isa.empty() ? Json(nullptr) : Json(device.max_isa);
    json["l1_bytes"] = device.l1_bytes;
    json["l2_bytes"] = device.l2_bytes;
    json["l3_bytes"] = device.l3_bytes;
  } else {
    json["sm_count"] = device.sm_count;
    json["sm_shared_bytes"] = device.sm_shared_bytes;
    json["block_shared_bytes"] = device.block_shared_bytes;
    json["l2_bytes"] = device.l2_bytes;
  }
  return json;
}

void print_json(const Info& info) {
  Json json = {{"version", info.build.version}, {"compiler", info.build.compiler}, {"mode", info.build.mode}};
  json["devices"] = Json::array();
  for (const DeviceReport& device : info.devices) json["devices"].push_back(json_of(device));
  json["libraries"] = Json::array();
  for (const LibraryReport& library : libraries_of(info)) {
    json["libraries"].push_back({{"name", library.name}, {"version", library.version}, {"state", library.state}});
  }
  print_result("{}\n", json.dump(2));
}

std::string ceilings_text(const DeviceReport& device, std::string_view unit) {
  std::string text;
  for (const CeilingReport& ceiling : device.ceilings)
    if (ceiling.unit == unit)
      text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", ceiling.type, 1e-9 * ceiling.flops);
  return text;
}

std::string isa_text(const DeviceReport& cpu) {
  return cpu.max_isa.empty() ? cpu.isa : fmt::format("{} (FALTUNG_MAX_ISA={})", cpu.isa, cpu.max_isa);
}

// Ceilings are those that estimates start from, not measured.
void print_text(const DeviceReport& device) {
  print_result("{}  {}\n", name_of(device.device), device.name);
  if (device.device.type == DeviceType::cpu)
    print_result("  {} threads, {}, vectors of {} bytes, caches of {} KiB, {} KiB, {} MiB\n", device.threads,
                 isa_text(device), device.vector_bytes, device.l1_bytes >> 10, device.l2_bytes >> 10,
                 device.l3_bytes >> 20);
  else
    print_result("  {} multiprocessors, {} KiB of shared memory each ({} KiB a block), {} MiB of L2 cache\n",
                 device.sm_count, device.sm_shared_bytes >> 10, device.block_shared_bytes >> 10, device.l2_bytes >> 20);
  print_result("  {:.2f} GHz\n", 1e-9 * device.hertz);
  for (const char* unit : {"vector", "matrix"})
    if (const std::string text = ceilings_text(device, unit); !text.empty())
      print_result("  GFLOP/s of {} units: {}\n", unit, text);
  print_result("  GB/s of memory: {:.4g}\n  {}\n\n", 1e-9 * device.bytes_per_second, fmt::join(device.features, " "));
}

void print_text(const Info& info) {
  print_result("faltung {}, {}, {}\n\n", info.build.version, info.build.compiler, info.build.mode);
  for (const DeviceReport& device : info.devices) print_text(device);
  Table table({"library", "version", "state"});
  for (const LibraryReport& library : libraries_of(info)) table.row({library.name, library.version, library.state});
  table.print();
}

struct Arguments {
  std::vector<std::string> files;
  bool json = false;
};

int run(const Arguments& arguments) {
  if (!arguments.files.empty()) return info_of_files(arguments.files, arguments.json);
  const Info info = faltung::info();
  arguments.json ? print_json(info) : print_text(info);
  return ok;
}

}  // namespace

Command info_command(App& program) {
  App app = program.add_subcommand(
      "info", "This build, the processor's features, devices and libraries; or the arrays of files");
  const auto arguments = std::make_shared<Arguments>();
  app.footer("Examples:\n  faltung info --json\n  faltung info model.safetensors");
  app.add_option("files", arguments->files, ".npy, .npz and .safetensors: their arrays, with types and extents");
  app.add_flag("--json", arguments->json, "As JSON");
  return {app, [arguments] { return run(*arguments); }};
}

}  // namespace faltung::cli

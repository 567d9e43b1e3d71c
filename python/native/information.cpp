// This build, the machine, the engines, and the records of tuning.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments/call.h"
#include "arguments/devices.h"
#include "arguments/parameters.h"
#include "bindings.h"
#include "faltung/info.h"
#include "known_calls.h"

namespace faltung::python {
namespace {

nb::dict to_dict(const DeviceReport& report) {
  nb::dict device;
  device["device"] = text_of(report.device);
  device["name"] = report.name;
  device["features"] = report.features;
  device["hertz"] = report.hertz;
  device["bytes_per_second"] = report.bytes_per_second;
  device["l2_bytes"] = report.l2_bytes;
  nb::dict ceilings;
  for (const CeilingReport& ceiling : report.ceilings)
    ceilings[nb::str((ceiling.unit + " " + ceiling.type).c_str())] = ceiling.flops;
  device["flops"] = ceilings;
  if (report.device.type == DeviceType::cpu) {
    device["threads"] = report.threads;
    device["isa"] = report.isa;
  } else {
    device["multiprocessors"] = report.sm_count;
  }
  return device;
}

nb::dict info_dict() {
  const Info all = without_lock([] { return info(); });
  nb::dict result;
  nb::list devices, libraries;
  for (const DeviceReport& device : all.devices) devices.append(to_dict(device));
  for (const LibraryReport& library : all.libraries) {
    nb::dict entry;
    entry["name"] = library.name, entry["version"] = library.version, entry["state"] = library.state;
    libraries.append(entry);
  }
  result["version"] = all.build.version;
  result["compiler"] = all.build.compiler;
  result["devices"] = devices;
  result["libraries"] = libraries;
  return result;
}

nb::list engine_list(nb::handle device) {
  nb::list list;
  for (const EngineInfo& engine : context_of(device_from(device)).engines()) {
    nb::dict entry;
    entry["name"] = engine.name, entry["kind"] = engine.kind;
    entry["available"] = engine.available, entry["reason"] = engine.reason;
    list.append(entry);
  }
  return list;
}

void save(const std::string& path, nb::handle device) { context_of(device_from(device)).save_tuning(path); }
void load(const std::string& path, nb::handle device) {
  context_of(device_from(device)).load_tuning(path);
  forget_known();
}

}  // namespace

void bind_information(nb::module_& module) {
  const auto device = nb::arg("device").none() = nb::none();
  module.def(
      "info", &info_dict, nb::sig("def info() -> dict[str, typing.Any]"),
      "This build and the machine: version, compiler, devices with their ceilings (FLOP/s by unit and type, bytes/s, "
      "bytes of caches), libraries that engines use.");
  module.def("engines", &engine_list, device,
             nb::sig("def engines(device: str | None = None) -> list[dict[str, typing.Any]]"),
             "The engines of a device, in the order in which they are asked: name, kind, available, reason.");
  module.def(
      "save_tuning", &save, nb::arg("path"), device,
      nb::sig("def save_tuning(path: str, device: str | None = None) -> None"),
      "Writes what tune() and the effort 'measure' have found to a file. Raises OSError if it cannot be written.");
  module.def("load_tuning", &load, nb::arg("path"), device,
             nb::sig("def load_tuning(path: str, device: str | None = None) -> None"),
             "Reads what save_tuning() wrote. Raises OSError, or ValueError with the line that is wrong.");
}

}  // namespace faltung::python

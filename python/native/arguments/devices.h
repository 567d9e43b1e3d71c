// Names of devices.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "faltung/device.h"

namespace faltung::python {

namespace nb = nanobind;

Device device_from(nb::handle name);        // "cpu", "cuda", "cuda:1"; None: the CPU
std::string text_of(const Device& device);  // "cpu", "cuda:1"

}  // namespace faltung::python

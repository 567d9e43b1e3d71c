// faltung.Selection: which engine, and why not the others.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "faltung/explain.h"

namespace faltung::python {

std::string html_of(const Selection& selection);

}  // namespace faltung::python

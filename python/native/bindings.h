// What each file adds to the module.
#pragma once

#include <nanobind/nanobind.h>

namespace faltung::python {

void bind_convolutions(nanobind::module_& module);
void bind_gradients(nanobind::module_& module);
void bind_quantized(nanobind::module_& module);
void bind_general(nanobind::module_& module);
void bind_problems(nanobind::module_& module);
void bind_selections(nanobind::module_& module);
void bind_compiled(nanobind::module_& module);
void bind_information(nanobind::module_& module);
void bind_torch_selection(nanobind::module_& module);
void bind_torch_gate(nanobind::module_& module);
void bind_sharded(nanobind::module_& module);
void bind_xla(nanobind::module_& module);

}  // namespace faltung::python

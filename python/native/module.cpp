// The extension module faltung._native.
#include <nanobind/nanobind.h>
#include <nanobind/typing.h>

#include "arguments/errors.h"
#include "arguments/settings.h"
#include "arrays/array.h"
#include "bindings.h"
#include "faltung/version.h"

namespace {

// Names that the signatures use.
void bind_types(nanobind::module_& module) { module.attr("ArrayT") = nanobind::type_var("ArrayT"); }

}  // namespace

NB_MODULE(_native, module) {
  using namespace faltung::python;
  nanobind::set_leak_warnings(false);  // contexts and kinds of arrays live for ever
  module.attr("version") = faltung::version();
  bind_types(module);
  register_errors();
  bind_array(module);
  bind_settings(module);
  bind_convolutions(module);
  bind_gradients(module);
  bind_quantized(module);
  bind_general(module);
  bind_problems(module);
  bind_selections(module);
  bind_compiled(module);
  bind_information(module);
  bind_torch_selection(module);
  bind_torch_gate(module);
  bind_sharded(module);
  bind_xla(module);
}

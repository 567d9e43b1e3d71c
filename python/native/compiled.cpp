#include "compiled.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "arguments/devices.h"
#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "arguments/settings.h"
#include "bindings.h"
#include "known_calls.h"

namespace faltung::python {
namespace {

Compiled compile_text(nb::handle problem, nb::handle policy, nb::handle device) {
  const ConvProblem parsed = parse_problem(word_from(problem, "problem"));
  const Policy how = policy_from(policy);
  const Device place = device_from(device);
  Context& context = context_of(place);
  const ForgetIfMeasured after{how.effort};
  return without_lock([&] { return Compiled{compile(parsed, how, context), place}; });
}

std::string description(const Compiled& compiled) {
  return fmt::format("faltung.CompiledConv('{}', engine='{}', workspace_bytes={})", print(compiled.conv.problem()),
                     compiled.conv.engine(), compiled.conv.workspace_bytes());
}

constexpr const char* run_text = R"(Runs the plan on x, w and y: arrays of the problem's extents, types and strides.

The one that the problem's pass writes may be None: then a new array of the others' kind is returned; else it is written and
returned. w may be what prepare() gave. bias and z belong to problems that say 'bias' and 'add'; alpha scales z.
Extents are (N, C, in...), (K, C / groups, k...), (N, K, out...). Raises ValueError where an array does not fit.)";

void bind_prepared(nb::module_& module) {
  nb::class_<Prepared>(module, "PreparedWeights",
                       "Weights packed or transformed for one plan; they stay what w was when they were made.")
      .def_prop_ro(
          "bytes", [](const Prepared& prepared) { return prepared.weights->bytes(); }, "Memory of its own.")
      .def_prop_ro(
          "reads_w", [](const Prepared& prepared) { return prepared.weights->reads_w(); },
          "Whether runs still read w itself, since the plan has nothing to prepare.");
}

void bind_compiled_conv(nb::module_& module) {
  const auto optional = [](const char* name) { return nb::arg(name).none() = nb::none(); };
  nb::class_<Compiled>(module, "CompiledConv", "A problem planned once, to be run many times, by any thread.")
      .def(
          "run", &Compiled::run, nb::arg("x").none(), nb::arg("w").none(), optional("y"), nb::kw_only(),
          optional("bias"), optional("z"), nb::arg("alpha").none() = 1.0, optional("stream"),
          nb::sig(
              "def run(self, x: typing.Any, w: typing.Any, y: typing.Any = None, *, bias: typing.Any | None = None, z: "
              "typing.Any | None = None, alpha: float = 1.0, stream: int | None = None) -> typing.Any"),
          run_text)
      .def("prepare", &Compiled::prepare, nb::arg("w").none(), nb::kw_only(), optional("stream"),
           nb::sig("def prepare(self, w: typing.Any, *, stream: int | None = None) -> PreparedWeights"),
           "Does once what every run would do to w. Raises ValueError if w does not fit the problem.")
      .def_prop_ro(
          "problem", [](const Compiled& compiled) { return print(compiled.conv.problem()); },
          "The problem as text, canonical.")
      .def_prop_ro("engine", [](const Compiled& compiled) { return compiled.conv.engine(); })
      .def_prop_ro("workspace_bytes", [](const Compiled& compiled) { return compiled.conv.workspace_bytes(); })
      .def_prop_ro(
          "selection", [](const Compiled& compiled) { return compiled.conv.selection(); },
          "Why this engine: what explain() returns.")
      .def_prop_ro("device", [](const Compiled& compiled) { return text_of(compiled.device); })
      .def("__repr__", &description);
}

}  // namespace

void bind_compiled(nb::module_& module) {
  bind_prepared(module);
  bind_compiled_conv(module);
  module.def(
      "compile", &compile_text, nb::arg("problem").none(), nb::arg("policy").none() = nb::none(), nb::kw_only(),
      nb::arg("device").none() = nb::none(),
      nb::sig("def compile(problem: str, policy: Policy | None = None, *, device: str | None = None) -> CompiledConv"),
      "Plans a problem (text, as problem() gives it), or finds its plan.\n\n"
      "device: 'cpu', 'cuda', 'cuda:1'. Raises UnsupportedError, with the table of reasons, if no engine can, "
      "ValueError for a text that is no problem.");
}

}  // namespace faltung::python

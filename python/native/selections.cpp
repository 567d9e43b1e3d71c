#include "selections.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments/call.h"
#include "arguments/devices.h"
#include "arguments/parameters.h"
#include "arguments/settings.h"
#include "bindings.h"
#include "faltung/tune.h"
#include "known_calls.h"

namespace faltung::python {
namespace {

using nb::handle;

Selection explain_text(handle problem, handle policy, handle device) {
  const ConvProblem parsed = parse_problem(word_from(problem, "problem"));
  const Policy how = policy_from(policy);
  Context& context = context_of(device_from(device));
  const ForgetIfMeasured after{how.effort};
  return without_lock([&] { return explain(parsed, how, context); });
}

Selection tune_text(handle problem, handle policy, handle device) {
  const ConvProblem parsed = parse_problem(word_from(problem, "problem"));
  const Policy how = policy_from(policy);
  Context& context = context_of(device_from(device));
  const ForgetIfMeasured after{Effort::Measure};
  return without_lock([&] { return tune(parsed, how, context); });
}

std::string engine_of(const Selection& selection) { return selection.winner ? selection.chosen()->engine : ""; }

void bind_candidate(nb::module_& module) {
  nb::class_<Candidate>(module, "Candidate", "An engine's answer to a problem.")
      .def_ro("engine", &Candidate::engine)
      .def_ro("variant", &Candidate::variant, "The way in which it would do the problem; '' is its only one.")
      .def_ro("accepted", &Candidate::accepted)
      .def_ro("reason", &Candidate::reason, "Of the refusal.")
      .def_ro("note", &Candidate::note, "What happened after it accepted.")
      .def_ro("estimated_seconds", &Candidate::estimated_seconds)
      .def_ro("measured_seconds", &Candidate::measured_seconds, "The median.")
      .def_ro("workspace_bytes", &Candidate::workspace_bytes);
}

void bind_selection(nb::module_& module) {
  nb::class_<Selection>(module, "Selection",
                        "The engine that a problem gets, and the reason against every other. Its repr is the table.")
      .def_prop_ro("problem", [](const Selection& selection) { return print(selection.problem); })
      .def_prop_ro("engine", &engine_of, "The engine taken; '' if none can.")
      .def_prop_ro(
          "decision", [](const Selection& selection) { return std::string(name_of(selection.decision)); },
          "What decided: 'none', 'only', 'tuned', 'measured' or 'estimated'.")
      .def_ro("candidates", &Selection::candidates, "In the order in which they were asked.")
      .def_ro("warning", &Selection::warning, "Set if a last resort was taken.")
      .def_ro("outline", &Selection::outline, "The plan and its parts.")
      .def_ro("prepared_bytes", &Selection::prepared_bytes, "What prepare() makes of the weights, in bytes.")
      .def("__repr__", nb::overload_cast<const Selection&>(&print))
      .def("_repr_html_", &html_of);
}

}  // namespace

void bind_selections(nb::module_& module) {
  bind_candidate(module);
  bind_selection(module);
  module.def(
      "explain", &explain_text, nb::arg("problem").none(), nb::arg("policy").none() = nb::none(), nb::kw_only(),
      nb::arg("device").none() = nb::none(),
      nb::sig("def explain(problem: str, policy: Policy | None = None, *, device: str | None = None) -> Selection"),
      "Which engine a problem (text, as problem() gives it) gets, and why every other does not.\n\n"
      "Never raises UnsupportedError: without an engine that can, the selection has none. device: 'cpu', 'cuda', "
      "'cuda:1'. Raises ValueError for a text that is no problem.");
  module.def(
      "tune", &tune_text, nb::arg("problem").none(), nb::arg("policy").none() = nb::none(), nb::kw_only(),
      nb::arg("device").none() = nb::none(),
      nb::sig("def tune(problem: str, policy: Policy | None = None, *, device: str | None = None) -> Selection"),
      "Times the engines on a problem (text) now and remembers the fastest for this process; save_tuning() keeps "
      "it.\n\nThe policy's effort is at least 'measure'. Raises ValueError for a text that is no problem.");
}

}  // namespace faltung::python

#include "arguments/settings.h"

#include <nanobind/operators.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "arguments/errors.h"
#include "faltung/explain.h"

namespace faltung::python {
namespace {

Effort effort_from(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Effort::TunedOnly); ++i)
    if (name == name_of(static_cast<Effort>(i))) return static_cast<Effort>(i);
  refuse("effort \"{}\" is unknown; there are estimate, measure, exhaustive and tuned_only", name.substr(0, 32));
}

std::optional<DType> accumulator_from(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  const auto dtype = dtype_from_name(*name);
  if (!dtype) refuse("accumulate \"{}\" is no element type; f64 and float64 are, for instance", name->substr(0, 32));
  return dtype;
}

void make_policy(Policy* self, std::string only, std::vector<std::string> without, std::string_view effort,
                 double measure_seconds, std::optional<std::size_t> workspace_limit, int threads) {
  new (self)
      Policy{std::move(only), std::move(without), effort_from(effort), measure_seconds, workspace_limit, threads};
}

void make_numerics(Numerics* self, const std::optional<std::string>& accumulate, bool tf32, bool deterministic,
                   bool batch_invariant, bool transforms, bool large_tiles) {
  new (self) Numerics{accumulator_from(accumulate), tf32, deterministic, batch_invariant, transforms, large_tiles};
}

std::string description(const Policy& policy) {
  return fmt::format("faltung.Policy(only='{}', effort='{}', threads={})", policy.only, name_of(policy.effort),
                     policy.threads);
}

std::string description(const Numerics& n) {
  const std::string accumulate = n.accumulate ? fmt::format("'{}'", name_of(*n.accumulate)) : "None";
  const auto word = [](bool value) { return value ? "True" : "False"; };
  return fmt::format(
      "faltung.Numerics(accumulate={}, tf32={}, deterministic={}, batch_invariant={}, transforms={}, "
      "large_tiles={})",
      accumulate, word(n.tf32), word(n.deterministic), word(n.batch_invariant), word(n.transforms),
      word(n.large_tiles));
}

template <class T>
T value_from(nb::handle value, const char* name, const char* type) {
  if (value.is_none()) return {};
  const T* settings = nullptr;
  if (!nb::try_cast(value, settings) || !settings) refuse("{} is {}; {} is needed", name, name_of_type(value), type);
  return *settings;
}

void bind_policy(nb::module_& module) {
  nb::class_<Policy>(
      module, "Policy",
      "How an engine is chosen: for this call and no other.\n\n"
      "only: the only engine allowed ('cpu.gemm'); without: engines not allowed; effort: 'estimate', 'measure', "
      "'exhaustive' or 'tuned_only'; measure_seconds: what 'measure' may spend; workspace_limit: bytes a plan may "
      "ask for; threads: CPU threads, 0 for all.")
      .def("__init__", &make_policy, nb::kw_only(), nb::arg("only") = "",
           nb::arg("without") = std::vector<std::string>{}, nb::arg("effort") = "estimate",
           nb::arg("measure_seconds") = 10.0, nb::arg("workspace_limit") = nb::none(), nb::arg("threads") = 0)
      .def_ro("only", &Policy::only)
      .def_ro("without", &Policy::without)
      .def_prop_ro("effort", [](const Policy& policy) { return std::string(name_of(policy.effort)); })
      .def_ro("measure_seconds", &Policy::measure_seconds)
      .def_ro("workspace_limit", &Policy::workspace_limit)
      .def_ro("threads", &Policy::threads)
      .def(
          "__eq__", [](const Policy& a, const Policy& b) { return a == b; }, nb::is_operator(),
          nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", nb::overload_cast<const Policy&>(&description));
}

void bind_numerics(nb::module_& module) {
  nb::class_<Numerics>(
      module, "Numerics",
      "What a result may differ by: for this call and no other.\n\n"
      "accumulate: the type sums are carried in ('f64'), None for the usual one; tf32: f32 products may be rounded "
      "to 10 mantissa bits on a GPU; deterministic: the same bits in every run; batch_invariant: an image's result "
      "does not depend on its batch; transforms: Winograd and FFT are allowed; large_tiles: so are Winograd's larger "
      "tiles, F(6, 3) along two axes, whose errors are larger.")
      .def("__init__", &make_numerics, nb::kw_only(), nb::arg("accumulate") = nb::none(), nb::arg("tf32") = true,
           nb::arg("deterministic") = false, nb::arg("batch_invariant") = false, nb::arg("transforms") = true,
           nb::arg("large_tiles") = false)
      .def_ro("tf32", &Numerics::tf32)
      .def_ro("deterministic", &Numerics::deterministic)
      .def_ro("batch_invariant", &Numerics::batch_invariant)
      .def_ro("transforms", &Numerics::transforms)
      .def_ro("large_tiles", &Numerics::large_tiles)
      .def(
          "__eq__", [](const Numerics& a, const Numerics& b) { return a == b; }, nb::is_operator(),
          nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", nb::overload_cast<const Numerics&>(&description));
}

}  // namespace

void bind_settings(nb::module_& module) {
  bind_policy(module);
  bind_numerics(module);
}

Policy policy_from(nb::handle value) { return value_from<Policy>(value, "policy", "faltung.Policy"); }
Numerics numerics_from(nb::handle value) { return value_from<Numerics>(value, "numerics", "faltung.Numerics"); }

}  // namespace faltung::python

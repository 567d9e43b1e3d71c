#include "engines/cpu/gemm/product.h"

#include "base/checked.h"

namespace faltung::cpu_gemm {
namespace {

using gemm::Digit;
using gemm::IndexSet;
using gemm::PanelKind;
using gemm::Side;

// Number of index neighbours that are neighbours in memory.
std::int64_t stretch(const IndexSet& set) { return set.inner().stride == 1 ? set.inner().extent : 1; }

// Share of vector lanes that do useful work.
double filled(std::int64_t lanes, int vector_lanes) {
  return static_cast<double>(lanes) / static_cast<double>(ceil_div(lanes, vector_lanes) * vector_lanes);
}

// Approximate cycles to pack an element: by copying vectors, transposing blocks, or moving single elements.
double cost_along_lanes(const IndexSet& across) {
  const Digit& inner = across.inner();
  if (inner.extent < 4 || inner.stride > 2 || inner.stride < 1) return 1.2;
  return (inner.stride == 1 ? 0.2 : 0.4) + 1.0 / static_cast<double>(inner.extent);
}
double cost_along_depth(const IndexSet& depth) {
  const Digit& inner = depth.inner();
  if (inner.extent < 4 || inner.stride > 2 || inner.stride < 1) return 2;
  return (inner.stride == 1 ? 0.4 : 0.6) + 3.0 / static_cast<double>(depth.inner().extent);
}

template <class T>
Side side_of(const ConvProblem& problem, const Reading& reading, PanelKind kind, bool bounded) {
  const Operand& operand = problem.operand(reading.role);
  Side side{.across = reading.across, .depth = reading.depth};
  side.element_bytes = size_of(operand.dtype);
  side.bounded = bounded;
  side.along_depth = cost_along_depth(side.depth) < cost_along_lanes(side.across);
  side.pack =
      side.along_depth ? gemm::pack_along_depth(side.element_bytes) : gemm::pack_along_lanes(side.element_bytes);
  side.unpack = gemm::unpack_for<T>(operand.dtype, kind, operand.conjugate);
  return side;
}

}  // namespace

bool gathered_across(const Contraction& contraction, int vector_lanes) {
  const std::int64_t plain = contraction.c_plain.count(), gathered = contraction.c_gathered.count();
  if (plain == 0 || gathered == 0) return true;
  const bool prefer_gathered =
      stretch(contraction.c_plain) < stretch(contraction.c_gathered) || stretch(contraction.c_plain) == 1;
  const double preferred = filled(prefer_gathered ? gathered : plain, vector_lanes);
  const double other = filled(prefer_gathered ? plain : gathered, vector_lanes);
  return prefer_gathered == (preferred >= 0.6 * other);
}

template <class T>
gemm::Product<T> product_of(const ConvProblem& problem, const Contraction& contraction, bool gathered_is_lanes) {
  gemm::Product<T> product{.kernels = &gemm::micro_kernels<T>()};
  const Reading& rows = gathered_is_lanes ? contraction.plain : contraction.gathered;
  const Reading& lanes = gathered_is_lanes ? contraction.gathered : contraction.plain;
  product.a = side_of<T>(problem, rows, PanelKind::rows, !gathered_is_lanes);
  product.b = side_of<T>(problem, lanes, PanelKind::lanes, gathered_is_lanes);
  product.rows = gathered_is_lanes ? contraction.c_plain : contraction.c_gathered;
  product.lanes = gathered_is_lanes ? contraction.c_gathered : contraction.c_plain;
  product.bounds = contraction.bounds;
  product.parts = is_complex(problem.written().dtype) ? 2 : 1;
  return product;
}

template gemm::Product<float> product_of(const ConvProblem&, const Contraction&, bool);
template gemm::Product<double> product_of(const ConvProblem&, const Contraction&, bool);
template gemm::Product<std::uint32_t> product_of(const ConvProblem&, const Contraction&, bool);
template gemm::Product<std::uint64_t> product_of(const ConvProblem&, const Contraction&, bool);

double packing_cost(const Side& side) {
  const double moving = side.along_depth ? cost_along_depth(side.depth) : cost_along_lanes(side.across);
  return moving + (side.bounded ? 0.1 : 0.0) + (side.unpack ? 0.3 : 0.0);
}

}  // namespace faltung::cpu_gemm

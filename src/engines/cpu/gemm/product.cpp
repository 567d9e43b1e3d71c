#include "engines/cpu/gemm/product.h"

#include <algorithm>

#include "base/checked.h"
#include "kernels/gemm/packed_integers.h"
#include "problem/epilogue.h"

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

// Indices of the depth that stand for the same coordinates, in a block of about 256: one check serves them all.
double sharing(const IndexSet& depth) {
  std::int64_t distinct = 1;
  if (depth.inner().axis < 0) return static_cast<double>(std::min<std::int64_t>(depth.inner().extent, 256));
  for (int i = depth.size - 1; i >= 0 && depth.digits[static_cast<std::size_t>(i)].axis >= 0; --i)
    distinct *= depth.digits[static_cast<std::size_t>(i)].extent;
  return std::max(1.0, static_cast<double>(std::min<std::int64_t>(depth.count(), 256)) / static_cast<double>(distinct));
}

// Cycles an element to find what of a run lies inside the tensor.
double checking_cost(const Side& side) {
  if (side.along_depth) return 25.0 / static_cast<double>(side.depth.inner().extent);
  const Digit& inner = side.across.inner();
  const double most = 3.0 / sharing(side.depth);
  return inner.axis < 0 ? std::min(most, 1 + 25.0 / static_cast<double>(inner.extent)) : most;
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

const gemm::MicroKernels<std::uint32_t>& kernels_for(Words words, bool gathered_is_lanes) {
  if (words == Words::single) return gemm::micro_kernels<std::uint32_t>();
  return words == Words::pairs ? gemm::pair_kernels() : *gemm::quad_kernels(!gathered_is_lanes);
}

double packing_cost(const Side& side) {
  const double moving = side.along_depth ? cost_along_depth(side.depth) : cost_along_lanes(side.across);
  return moving + (side.bounded ? checking_cost(side) : 0.0) + (side.unpack ? 0.7 : 0.0);
}

namespace {

// Of rows and lanes exchanged. A column of results whose elements are pages apart share a few lines of the first-level
// cache.
double transposing_cost(const ConvProblem& problem, const IndexSet& lanes) {
  constexpr std::int64_t page = 4096;
  const std::int64_t apart = lanes.inner().stride * static_cast<std::int64_t>(size_of(problem.written().dtype));
  return apart % page == 0 ? 4 : 1.3;
}

}  // namespace

double storing_cost(const ConvProblem& problem, const IndexSet& rows, const IndexSet& lanes, bool in_place) {
  const double converting = problem.written().dtype == accumulator_of(problem) ? 0 : 2;
  if (is_across(rows, lanes)) return converting + transposing_cost(problem, lanes) + (rows.inner().stride == 1 ? 0 : 4);
  if (lanes.inner().stride != 1) return 5 + converting;
  if (lanes.inner().extent < 16) return 1 + converting + 16.0 / static_cast<double>(lanes.inner().extent);
  if (!in_place) return 1.2 + converting;
  const Epilogue& epilogue = problem.epilogue;
  const double ending = is_transcendental(epilogue.activation) ? 1.15 : epilogue.empty() ? 0 : 0.03;
  return 0.1 + ending + (epilogue.add ? 0.3 : 0);
}

}  // namespace faltung::cpu_gemm

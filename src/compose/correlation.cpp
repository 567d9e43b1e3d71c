#include "compose/correlation.h"

namespace faltung {
namespace {

CorrelationAxis axis_of(const ConvProblem& problem, const Correlation& all, int a) {
  const Axis& axis = problem.geometry.axes[static_cast<std::size_t>(a)];
  CorrelationAxis result{.count = axis.out, .extent = axis.in, .taps = axis.filter, .dilation = axis.dilation};
  result.pad = axis.pad;
  if (all.flipped) {
    std::swap(result.count, result.extent);
    result.pad = (axis.filter - 1) * axis.dilation - axis.pad;
  }
  result.source_stride = problem.operand(all.source).strides[3 + a];
  result.written_stride = problem.operand(all.written).strides[3 + a];
  result.tap_stride = problem.w.strides[3 + a];
  return result;
}

}  // namespace

Correlation correlation_of(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  Correlation result{.source_channels = g.in_channels, .written_channels = g.out_channels};
  result.tap_source_channel = problem.w.strides[2], result.tap_written_channel = problem.w.strides[1];
  if (problem.pass == Pass::DataGrad) {
    result.flipped = true;
    std::swap(result.source, result.written);
    std::swap(result.source_channels, result.written_channels);
    std::swap(result.tap_source_channel, result.tap_written_channel);
  }
  result.source_channel = problem.operand(result.source).strides[2];
  result.written_channel = problem.operand(result.written).strides[2];
  for (int a = 0; a < g.rank; ++a) result.axes[static_cast<std::size_t>(3 - g.rank + a)] = axis_of(problem, result, a);
  return result;
}

}  // namespace faltung

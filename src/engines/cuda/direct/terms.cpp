#include "engines/cuda/direct/terms.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/checked.h"
#include "base/wrapping.h"
#include "problem/geometry.h"

namespace faltung::cuda_direct {
namespace {

// The non-spatial extents, and those of each operand in the order of its strides.
enum Letter { N, G, C, K };
constexpr Letter letters[3][3] = {{N, G, C}, {G, K, C}, {N, G, K}};

constexpr Letter reduced_letter(Pass pass) { return pass == Pass::Forward ? C : pass == Pass::DataGrad ? K : N; }

std::int64_t letter_stride(const ConvProblem& p, Role role, Letter letter) {
  for (int i = 0; i < 3; ++i)
    if (letters[static_cast<std::size_t>(role)][static_cast<std::size_t>(i)] == letter)
      return p.operand(role).strides[i];
  return 0;
}

std::int64_t extent_of_letter(const Geometry& g, Letter letter) {
  return letter == N ? g.batch : letter == G ? g.groups : letter == C ? g.in_channels : g.out_channels;
}

// The index with the smallest stride runs fastest, so that neighbouring threads write neighbouring elements.
std::array<std::int64_t, 6> divisors(const Dims& extents, const Dims& strides) {
  std::array<int, 6> order{};
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + extents.size();
  std::stable_sort(order.begin(), end, [&](int i, int j) { return strides[i] < strides[j]; });
  std::array<std::int64_t, 6> divisor{1, 1, 1, 1, 1, 1};
  std::int64_t below = 1;
  for (auto i = order.begin(); i != end; ++i) {
    divisor[static_cast<std::size_t>(*i)] = below;
    below *= std::max<std::int64_t>(extents[*i], 1);
  }
  return divisor;
}

std::int64_t step_along(Pass pass, const Line<std::int64_t>& line, Role role) {
  if (pass == Pass::Forward) return role == Role::x ? line.dilation : 1;
  if (pass == Pass::WeightGrad) return role == Role::x ? line.stride : 1;
  return role == Role::w ? line.stride / line.common : -line.dilation / line.common;
}

}  // namespace

Terms<std::int64_t> terms_of(const ConvProblem& p) {
  const Role written = written_role(p.pass), a = read_a(p.pass), b = read_b(p.pass);
  const Dims extents = extents_of(p.geometry, written);
  const Dims& strides = p.operand(written).strides;
  const auto divisor = divisors(extents, strides);
  Terms<std::int64_t> terms{.pass = p.pass, .count = numel_of(p.geometry, written)};
  for (std::size_t i = 0; i < 3; ++i) {
    const Letter letter = letters[static_cast<std::size_t>(written)][i];
    const int axis = static_cast<int>(i);
    terms.channel[i] = {divisor[i], std::max<std::int64_t>(extents[axis], 1), strides[axis],
                        letter_stride(p, a, letter), letter_stride(p, b, letter)};
  }
  for (int i = 0; i < 3; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Axis& axis = p.geometry.axes[at];
    terms.line[i] = {
        axis.in, axis.filter, axis.out, axis.stride, axis.dilation, axis.pad, std::gcd(axis.stride, axis.dilation)};
    if (i < p.geometry.rank)
      terms.spatial[i] = {divisor[3 + at], std::max<std::int64_t>(extents[3 + i], 1), strides[3 + i],
                          p.operand(a).strides[3 + i], p.operand(b).strides[3 + i]};
    terms.step_a[i] = wrapping_multiply(step_along(p.pass, terms.line[i], a), terms.spatial[i].a);
    terms.step_b[i] = wrapping_multiply(step_along(p.pass, terms.line[i], b), terms.spatial[i].b);
  }
  const Letter reduced = reduced_letter(p.pass);
  terms.reduced = extent_of_letter(p.geometry, reduced);
  terms.reduced_a = letter_stride(p, a, reduced);
  terms.reduced_b = letter_stride(p, b, reduced);
  terms.conjugate_a = p.operand(a).conjugate;
  terms.conjugate_b = p.operand(b).conjugate;
  return terms;
}

// Offsets, coordinates and their products stay below 2^31, even one step past the end.
bool fits_in_32_bits(const ConvProblem& p) {
  const auto small = [](Checked value) { return value.fits() && value.value() < (std::int64_t{1} << 30); };
  for (const Role role : {Role::x, Role::w, Role::y}) {
    const Dims extents = extents_of(p.geometry, role);
    Checked count = 1, reach = 0;
    for (int i = 0; i < extents.size(); ++i) {
      const std::int64_t stride = p.operand(role).strides[i];
      count = count * std::max<std::int64_t>(extents[i], 1);
      reach = reach + Checked(extents[i]) * (stride < 0 ? -stride : stride);
    }
    if (!small(count) || !small(reach)) return false;
  }
  Checked terms = p.pass == Pass::Forward    ? p.geometry.in_channels
                  : p.pass == Pass::DataGrad ? p.geometry.out_channels
                                             : p.geometry.batch;
  for (const Axis& axis : p.geometry.axes) {
    const std::int64_t pad = axis.pad < 0 ? -axis.pad : axis.pad;
    if (!small(Checked(axis.out) * axis.stride + Checked(axis.filter) * axis.dilation + axis.in + pad)) return false;
    terms = terms * std::max<std::int64_t>({axis.filter, p.pass == Pass::WeightGrad ? axis.out : 1, 1});
  }
  return small(terms);
}

Terms<std::int32_t> narrowed(const Terms<std::int64_t>& from) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  const auto place = [&](const Place<std::int64_t>& p) {
    return Place<std::int32_t>{narrow(p.divisor), narrow(p.extent), narrow(p.written), narrow(p.a), narrow(p.b)};
  };
  Terms<std::int32_t> to{.pass = from.pass, .count = narrow(from.count)};
  for (int i = 0; i < 3; ++i) {
    to.channel[i] = place(from.channel[i]);
    to.spatial[i] = place(from.spatial[i]);
    const Line<std::int64_t>& l = from.line[i];
    to.line[i] = {narrow(l.in),       narrow(l.filter), narrow(l.out),   narrow(l.stride),
                  narrow(l.dilation), narrow(l.pad),    narrow(l.common)};
    to.step_a[i] = narrow(from.step_a[i]);
    to.step_b[i] = narrow(from.step_b[i]);
  }
  to.reduced = narrow(from.reduced);
  to.reduced_a = narrow(from.reduced_a);
  to.reduced_b = narrow(from.reduced_b);
  to.conjugate_a = from.conjugate_a;
  to.conjugate_b = from.conjugate_b;
  return to;
}

}  // namespace faltung::cuda_direct

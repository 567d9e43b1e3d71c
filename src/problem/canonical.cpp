// The rules for a meaningful problem, and its canonical form.
#include <fmt/format.h>

#include "base/checked.h"
#include "problem/border.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::InvalidArgument, what); }

void require(bool holds, const char* what) {
  if (!holds) fail(what);
}

Axis canonical_axis(Axis a, int index) {
  const auto need = [&](bool holds, std::string_view what) {
    if (!holds) fail(fmt::format("spatial axis {}: {}", index, what));
  };
  need(a.in >= 0 && a.out >= 0, "an extent is negative; it must be 0 or more");
  need(a.filter >= 1, "the filter extent is less than 1");
  need(a.stride >= 1, "the stride is less than 1");
  need(a.dilation >= 1, "the dilation is less than 1");
  if (a.out <= 1) a.stride = 1;  // nothing is stepped over: every stride means the same
  if (a.filter == 1) a.dilation = 1;
  need(within_size_limit(Checked(a.out) * a.stride) && within_size_limit(Checked(a.filter) * a.dilation) &&
           within_size_limit(a.in) && within_size_limit(a.pad),
       "extent, stride, dilation or padding is too large: coordinates must stay within 2^60");
  return a;
}

bool is_empty(const Dims& extents) { return std::find(extents.begin(), extents.end(), 0) != extents.end(); }

// Bytes of a dense copy; an extent of 0 counts as 1.
Checked dense_bytes(const Dims& extents, DType dtype) {
  Checked bytes = static_cast<std::int64_t>(size_of(dtype));
  for (const std::int64_t extent : extents) bytes = bytes * std::max<std::int64_t>(extent, 1);
  return bytes;
}

// Bytes from the lowest to the highest element; an extent of 0 counts as 2, so that its stride counts.
Checked reach_of(const Dims& extents, const Operand& operand) {
  const auto element = static_cast<std::int64_t>(size_of(operand.dtype));
  Checked low = 0, high = element;
  for (int i = 0; i < extents.size(); ++i) {
    Checked& end = operand.strides[i] < 0 ? low : high;
    end = end + Checked(extents[i] == 0 ? 1 : extents[i] - 1) * operand.strides[i] * element;
  }
  return high - low;
}

// Repeated elements count too: engines may copy the operand.
void check_size(const Dims& extents, const Operand& operand, const char* name) {
  if (!within_size_limit(dense_bytes(extents, operand.dtype)))
    fail(fmt::format("operand {} has more than 2^60 bytes, which no machine can address", name));
  if (!within_size_limit(reach_of(extents, operand)))
    fail(fmt::format("operand {} reaches over more than 2^60 bytes, which no machine can address", name));
}

// Two indices of a written operand must not share an element: sorted by stride, each axis must step over everything
// that the axes before it span.
bool overlaps_itself(const Dims& extents, const Dims& strides) {
  std::array<std::pair<std::int64_t, std::int64_t>, max_rank> axes{};  // stride and extent, by stride
  std::size_t count = 0;
  for (int i = 0; i < extents.size(); ++i) {
    if (extents[i] == 0) return false;
    if (extents[i] == 1) continue;
    std::size_t place = count++;
    for (; place > 0 && axes[place - 1].first > strides[i]; --place) axes[place] = axes[place - 1];
    axes[place] = {strides[i], extents[i]};
  }
  std::int64_t reached = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (axes[i].first <= reached) return true;
    reached += (axes[i].second - 1) * axes[i].first;
  }
  return false;
}

void check_quantized(const ConvProblem& p) {
  const auto is_byte = [](DType dtype) { return dtype == DType::i8 || dtype == DType::u8; };
  require(p.pass == Pass::Forward, "only forward convolutions are quantised");
  require(is_byte(p.x.dtype) && is_byte(p.w.dtype), "a quantised convolution has x and w of i8 or u8");
  require(p.w.dtype == DType::i8 || p.epilogue.weight_zeros, "u8 weights need zero points (wzero)");
  require(is_byte(p.y.dtype) || p.y.dtype == DType::i32 || p.y.dtype == DType::f32,
          "a quantised convolution has y of i8, u8, i32 or f32");
  require(!p.epilogue.add && !p.accumulate, "a quantised convolution adds a bias and nothing else");
  require(p.epilogue.activation == Activation::none || p.epilogue.activation == Activation::relu,
          "the only activation of a quantised convolution is relu");
  require(!p.numerics.accumulate || *p.numerics.accumulate == DType::i32, "quantised sums are carried in i32");
}

void check_types(const ConvProblem& p) {
  if (p.epilogue.quantized) return check_quantized(p);
  require(!p.epilogue.weight_zeros, "zero points of w belong to a quantised convolution");
  const bool complex = is_complex(p.x.dtype), integer = is_integer(p.x.dtype);
  for (const Operand* operand : {&p.x, &p.w, &p.y}) {
    require(operand->dtype != DType::u8, "u8 is a type of quantised convolutions only");
    require(operand->dtype < DType::boolean, "no convolution is defined on bool, or on what is no DType");
    require(is_complex(operand->dtype) == complex, "x, w and y must be all complex or all real");
    require(is_integer(operand->dtype) == integer, "x, w and y must be all integers or none of them");
  }
  if (const auto sum = p.numerics.accumulate)
    require(is_complex(*sum) == complex && is_integer(*sum) == integer && accumulator_of(*sum) == *sum &&
                size_of(*sum) >= size_of(natural_accumulator(p)),
            "sums can be carried in the natural accumulator or a wider type of the same kind: f32 or f64, cf32 or "
            "cf64, i32 or i64");
  const Activation activation = p.epilogue.activation;
  require(activation <= Activation::gelu, "the activation is none of those in Activation");
  require(!complex || activation == Activation::none, "an activation needs real numbers");
  require(!integer || activation <= Activation::relu6, "integers have only the activations relu and relu6");
}

void check_padding(const Axis& a, Border border, int index) {
  const std::int64_t padding = std::max(low_padding(a), high_padding(a)), most = most_padding(border, a.in);
  if (padding > most)
    fail(fmt::format("spatial axis {}: {} fills at most {} elements of padding at each end of {}, not {}", index,
                     name_of(border), most, a.in, padding));
}

bool is_padded(const Geometry& g) {
  return std::any_of(g.axes.begin(), g.axes.begin() + g.rank,
                     [](const Axis& a) { return low_padding(a) > 0 || high_padding(a) > 0; });
}

bool has_empty_operand(const Geometry& g) {
  for (const Role role : {Role::x, Role::w, Role::y})
    if (is_empty(extents_of(g, role))) return true;
  return false;
}

void make_canonical(Border& border, const Geometry& g) {
  require(border <= Border::symmetric, "the padding mode is none of zeros, reflect, replicate, circular, symmetric");
  if (!is_padded(g) || has_empty_operand(g)) border = Border::zeros;
  if (border == Border::zeros) return;
  for (int a = 0; a < g.rank; ++a) check_padding(g.axes[static_cast<std::size_t>(a)], border, a);
}

void make_canonical(Operand& operand, const Geometry& geometry, Role role, const char* name) {
  const Dims extents = extents_of(geometry, role);
  if (operand.strides.size() != extents.size()) fail(fmt::format("operand {} needs {} strides", name, extents.size()));
  operand.strides = canonical_strides(extents, operand.strides);
  if (is_empty(extents) && !within_size_limit(reach_of(extents, operand)))  // strides that say nothing
    operand.strides = operand_strides(geometry, role, MemoryFormat::contiguous);
  check_size(extents, operand, name);
  operand.conjugate = operand.conjugate && is_complex(operand.dtype);
  const unsigned alignment = operand.alignment;
  require(alignment >= 1 && (alignment & (alignment - 1)) == 0, "an alignment must be a power of two");
  const auto number = static_cast<std::uint8_t>(size_of(real_of(operand.dtype)));
  operand.alignment = std::clamp(operand.alignment, number, Operand::max_alignment);
}

}  // namespace

ConvProblem canonical(ConvProblem p) {
  Geometry& g = p.geometry;
  require(p.pass <= Pass::WeightGrad, "the pass is none of the three");
  require(g.rank >= 1 && g.rank <= max_spatial, "the rank must be 1, 2 or 3");
  require(g.batch >= 0 && g.in_channels >= 0 && g.out_channels >= 0, "an extent is negative; it must be 0 or more");
  require(g.groups >= 1, "there must be at least one group");
  require((Checked(g.groups) * g.in_channels).fits() && (Checked(g.groups) * g.out_channels).fits(),
          "groups times channels leaves 64 bits");
  for (int a = 0; a < max_spatial; ++a) {
    Axis& axis = g.axes[static_cast<std::size_t>(a)];
    axis = a < g.rank ? canonical_axis(axis, a) : Axis{};
  }
  make_canonical(p.padding_mode, g);
  check_types(p);
  make_canonical(p.x, g, Role::x, "x");
  make_canonical(p.w, g, Role::w, "w");
  make_canonical(p.y, g, Role::y, "y");
  require(!p.written().conjugate, "the operand that is written cannot be conjugated");
  require(!overlaps_itself(extents_of(g, written_role(p.pass)), p.written().strides),
          "the operand that is written must have positive strides that do not overlap");
  require(p.pass != Pass::WeightGrad || p.epilogue.empty(), "a weight gradient has no epilogue");
  require(p.pass != Pass::WeightGrad || !p.constant_weights,
          "a weight gradient writes w: its weights are not constant");
  if (p.numerics.accumulate == natural_accumulator(p)) p.numerics.accumulate.reset();
  p.numerics.large_tiles = p.numerics.large_tiles && p.numerics.transforms;
  return p;
}

}  // namespace faltung

#include "faltung/problem.h"

namespace faltung {
namespace {

struct Mixer {
  std::uint64_t state = 0x9e3779b97f4a7c15u;
  void word(std::uint64_t value) noexcept {
    state = (state ^ value) * 0xff51afd7ed558ccdu;
    state ^= state >> 32;
  }
  void number(std::int64_t value) noexcept { word(static_cast<std::uint64_t>(value)); }
  template <class... Bytes>
  void bytes(Bytes... values) noexcept {
    static_assert(sizeof...(values) <= 8);
    std::uint64_t packed = 0;
    ((packed = packed << 8 | static_cast<std::uint8_t>(values)), ...);
    word(packed);
  }
};

}  // namespace

std::size_t hash_value(const ConvProblem& p) noexcept {
  Mixer mix;
  const Geometry& g = p.geometry;
  for (std::int64_t value : {g.batch, g.groups, g.in_channels, g.out_channels}) mix.number(value);
  for (int i = 0; i < g.rank; ++i) {
    const Axis& a = g.axes[static_cast<std::size_t>(i)];
    for (std::int64_t value : {a.in, a.filter, a.out, a.stride, a.dilation, a.pad}) mix.number(value);
  }
  for (const Operand* operand : {&p.x, &p.w, &p.y}) {
    mix.bytes(operand->dtype, operand->conjugate, operand->alignment);
    for (std::int64_t stride : operand->strides) mix.number(stride);
  }
  const Numerics& n = p.numerics;
  mix.bytes(p.pass, g.rank, p.epilogue.bias, p.epilogue.add, p.epilogue.activation, p.accumulate,
            n.accumulate ? 1 + static_cast<int>(*n.accumulate) : 0);
  mix.bytes(n.tf32, n.deterministic, n.batch_invariant, n.transforms, n.large_tiles, p.constant_weights,
            p.padding_mode);
  mix.bytes(p.epilogue.quantized, p.epilogue.weight_zeros);
  return static_cast<std::size_t>(mix.state);
}

}  // namespace faltung

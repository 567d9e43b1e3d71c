#include "fuzz/c_arguments.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "faltung/problem.h"

namespace faltung::fuzz {
namespace {

constexpr std::size_t room = 1 << 16;  // for each operand to either side of the pointer
alignas(64) std::byte memory[6][2 * room + 64];

}  // namespace

bool is_small(const std::string& text) try {
  const ConvProblem problem = parse_problem(text);
  if (flops_of(problem) > 1e6) return false;
  for (const auto role : {Role::x, Role::w, Role::y}) {
    const Dims extents = extents_of(problem.geometry, role);
    double bytes = static_cast<double>(size_of(problem.operand(role).dtype));
    for (int axis = 0; axis < extents.size(); ++axis)
      bytes += 16.0 * static_cast<double>(extents[axis]) *
               std::abs(static_cast<double>(problem.operand(role).strides[axis]));
    if (bytes > room) return false;
  }
  return true;
} catch (const Error&) {
  return true;  // no plan comes of it
}

int CArguments::number() const { return odd(choices_.between(0, 3), {-1, 64, 100000, INT32_MAX, INT32_MIN}); }

double CArguments::alpha() const { return odd(choices_.pick({1.0, 0.0}), {2.0, 0.5, std::nan(""), 1e300}); }

std::string CArguments::text() const {
  static const std::initializer_list<const char*> texts{
      "fwd f32 nchw n1 c2 k2 i5x5 f3x3",
      "fwd f32 nchw n1 c2 k2 i5x5 f3x3",
      "fwd f32 nchw n1 c2 k2 i5x5 f3x3 bias add relu",
      "dgrad f32 nhwc n2 c4 k4 g2 i5x5 f3x3 s2 p1",
      "wgrad f32 ncw n1 c2 k3 i9 f2 d2",
      "fwd i8 nchw n1 c2 k2 i5x5 f3x3 add align:1:1:1",
      "fwd cf32 ncw n1 c1 k1 i5 f2 conjw align:4:4:4",
      "fwd f32 nchw n1 c2 k2 i5x5 f3x3 constw bias",
      "fwd f16 ncdhw n1 c1 k1 i3x3x3 f2x2x2",
      "fwd f32 nchw n0 c2 k2 i5x5 f3x3",
      "fwd f32 [50,25,25,5,1]:nchw:[32,16,16,-4,1] n1 c2 k2 i5x5 f2x2"};
  std::string result = choices_.pick(texts);
  result += odd("", {" n9223372036854775807", " align:3:4:5", " acc:f64", " i0", "\x80\xff"});
  while (choices_.seldom())
    result[static_cast<std::size_t>(choices_.between(0, 255)) % result.size()] =
        static_cast<char>(choices_.between(1, 255));
  return result;
}

const faltung_problem* CArguments::problem(ProblemMemory& of) const {
  faltung_problem& p = of.problem;
  const auto size = [&](int least, int most) {
    return odd<std::int64_t>(choices_.between(least, most), {-1, std::int64_t{1} << 40, INT64_MAX, INT64_MIN});
  };
  const auto type = [&] {
    return DLDataType{odd<std::uint8_t>(kDLFloat, {kDLInt, kDLComplex, 99}), odd<std::uint8_t>(32, {0, 16, 64, 7}),
                      odd<std::uint16_t>(1, {0, 4})};
  };
  p.size = odd<std::size_t>(sizeof(p), {0, 8, sizeof(p) + 1, SIZE_MAX});
  const int pass = odd(choices_.between(0, 2), {-1, 3, INT32_MAX});
  std::memcpy(&p.pass, &pass, sizeof(pass));
  p.rank = odd(choices_.between(1, 3), {0, 4, -1, INT32_MIN});
  p.batch = size(0, 2), p.in_channels = size(1, 4), p.out_channels = size(1, 4), p.groups = size(0, 2);
  for (faltung_axis& axis : p.axes)
    axis = {size(1, 6), size(1, 3), odd<std::int64_t>(0, {3, -1}), size(0, 2), size(0, 2), size(0, 1)};
  p.dtype = type();
  p.channels_last = choices_.flag();
  for (faltung_operand* operand : {&p.x, &p.w, &p.y}) {
    operand->alignment = odd(4, {0, 3, -16, 256});
    if (choices_.seldom()) operand->dtype = type();
    if (choices_.seldom()) operand->strides = of.strides.data();
    operand->conjugate = choices_.seldom();
  }
  for (std::int64_t& stride : of.strides) stride = size(0, 40);
  p.bias = choices_.flag(), p.add = choices_.seldom(), p.accumulate = choices_.seldom();
  p.constant_weights = choices_.seldom();
  p.activation = odd(nullptr, {"relu", "", "none", "bias add", "\xff"});
  p.padding_mode = odd(nullptr, {"reflect", "circular", "p9"});
  if (choices_.seldom()) p.accumulator = type();
  p.deterministic = choices_.flag(), p.batch_invariant = choices_.flag();
  p.large_tiles = choices_.seldom();
  return choices_.seldom() ? nullptr : &p;
}

const faltung_policy* CArguments::policy(PolicyMemory& of) const {
  if (choices_.flag()) return nullptr;
  faltung_policy& p = of.policy;
  p.only = odd(nullptr, {"cpu.gemm", "reference", "trivial", "rewrite.relayout", "gemm", "", "\xff"});
  of.names = {"reference", odd("trivial", {"cpu.gemm", "wino", nullptr}), "rewrite.cast"};
  p.without_count = static_cast<std::size_t>(choices_.between(0, 3));
  p.without = choices_.seldom() ? nullptr : of.names.data();
  const int effort = odd(0, {3, 4, -1, INT32_MAX});
  std::memcpy(&p.effort, &effort, sizeof(effort));
  of.limit = odd<std::size_t>(SIZE_MAX, {0, 1000});
  p.workspace_limit = choices_.flag() ? &of.limit : nullptr;
  p.threads = number();
  of.seconds = odd(1.0, {0.0, -1.0, std::nan(""), HUGE_VAL});
  p.measure_seconds = choices_.flag() ? &of.seconds : nullptr;
  return &p;
}

void* CArguments::pointer(int operand) const {
  if (choices_.seldom()) return nullptr;
  if (choices_.seldom()) operand = choices_.between(0, 4);
  return memory[operand] + room + odd(16 * choices_.between(0, 4), {4, 1, 2});
}

WorkspaceMemory CArguments::workspace(std::size_t needed) const {
  WorkspaceMemory result;
  if (choices_.flag()) return result;
  result.size = needed - odd<std::size_t>(0, {std::min<std::size_t>(needed, 1), needed});
  result.bytes.resize(needed + 128);
  const auto over = reinterpret_cast<std::uintptr_t>(result.bytes.data()) % 64;
  if (!choices_.seldom()) result.data = result.bytes.data() + (64 - over) + odd(0, {1, 32});
  return result;
}

const DLTensor* CArguments::tensor(TensorMemory& of, int operand) const {
  if (choices_.seldom()) return nullptr;
  const std::int64_t extent = operand == 0 ? 5 : 3;  // of "fwd f32 nchw n1 c2 k2 i5x5 f3x3"
  of.shape = {operand == 1 || operand == 3 ? 2 : 1, 2, extent, extent, 1, 1, 1, 1, 1, 1};
  of.strides = {2 * extent * extent, extent * extent, extent, 1, 0, 0, 0, 0, 0, 0};
  for (auto* list : {&of.shape, &of.strides})
    if (choices_.seldom()) one_of(*list) = choices_.pick<std::int64_t>({0, -1, 7, INT64_MAX, INT64_MIN, 1l << 40});
  DLTensor& t = of.tensor;
  t.data = pointer(operand);
  const int type = odd(1, {2, 3, 0, -1, INT32_MAX});
  std::memcpy(&t.device.device_type, &type, sizeof(type));
  t.ndim = odd(operand == 3 ? 1 : 4, {0, 3, 9, -1, INT32_MIN, INT32_MAX});
  t.dtype = {static_cast<std::uint8_t>(odd(2, {0, 5, 255})), static_cast<std::uint8_t>(odd(32, {8, 64, 0})),
             static_cast<std::uint16_t>(odd(1, {0, 4}))};
  t.shape = choices_.seldom() ? nullptr : of.shape.data();
  t.strides = choices_.flag() || operand == 3 ? nullptr : of.strides.data();
  t.byte_offset = odd<std::uint64_t>(0, {4, 1, UINT64_MAX, 1ull << 63});
  return &t;
}

}  // namespace faltung::fuzz

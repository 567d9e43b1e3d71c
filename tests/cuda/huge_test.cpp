// Operands of more than 2^31 elements, each in turn, in every pass and on every engine that accepts.
//
// Everything is zero except one element of each operand read. These elements meet in one element of the operand
// written; in the large operand the element lies beyond 2^31. An index that wrapped around would miss it.
#include <limits>

#include "cuda/gpu.h"

namespace faltung {
namespace {

constexpr std::uint16_t zero = 0, three = 0x4040, five = 0x40A0, fifteen = 0x4170;  // bf16
constexpr std::size_t bytes = 2;
constexpr std::size_t workspace_limit = std::size_t{4} << 30;
constexpr std::int64_t too_many = std::numeric_limits<std::int32_t>::max();

struct Huge {
  const char* name;
  Role large;
  const char* rest;  // of the problem's text
};
constexpr Huge cases[] = {{"x", Role::x, "n1 c2 k2 g2 i32900x32900 f3x3 s100 p0"},
                          {"w", Role::w, "n1 c46400 k46400 i1x1 f1x1"},
                          {"y", Role::y, "n1 c1 k130 i4100x4100 f3x3 p1"}};

std::int64_t count_of(const ConvProblem& p, Role role) {
  std::int64_t count = 1;
  for (std::int64_t extent : extents_of(p.geometry, role)) count *= extent;
  return count;
}

// Coordinates of the three elements that meet: last group, channels and output, and the last tap inside the input.
std::int64_t meeting_place(const ConvProblem& p, Role role) {
  const Geometry& g = p.geometry;
  std::vector<std::int64_t> index =
      role == Role::w ? std::vector{g.groups - 1, g.out_channels - 1, g.in_channels - 1}
                      : std::vector{g.batch - 1, g.groups - 1, (role == Role::x ? g.in_channels : g.out_channels) - 1};
  for (int i = 0; i < g.rank; ++i) {
    const Axis& a = g.axes[static_cast<std::size_t>(i)];
    std::int64_t tap = a.filter - 1;
    const auto place = [&] { return (a.out - 1) * a.stride + tap * a.dilation - a.pad; };
    while (place() >= a.in) --tap;
    index.push_back(role == Role::x ? place() : role == Role::w ? tap : a.out - 1);
  }
  std::int64_t offset = 0;
  for (int i = 0; i < static_cast<int>(index.size()); ++i)
    offset += index[static_cast<std::size_t>(i)] * p.operand(role).strides[i];
  return offset;
}

class HugeOperands : public test::Gpu, public testing::WithParamInterface<std::tuple<Huge, Pass, const char*>> {
 protected:
  ConvProblem problem() const {
    const auto& [huge, pass, layout] = GetParam();
    return parse_problem(std::string(name_of(pass)) + " bf16 " + layout + " " + huge.rest + " notransforms");
  }

  void put(const test::GpuBytes& memory, std::int64_t at, std::uint16_t value) {
    test::require(cudaMemcpy(memory.data() + at * std::int64_t{bytes}, &value, bytes, cudaMemcpyHostToDevice));
  }

  // Zeros except at one element.
  void expect_one(const test::GpuBytes& memory, std::int64_t place) {
    constexpr std::int64_t chunk = 1 << 26;
    std::vector<std::uint16_t> values(chunk);
    std::int64_t wrong = 0, first = -1;
    const auto count = static_cast<std::int64_t>(memory.size() / bytes);
    for (std::int64_t start = 0; start < count; start += chunk) {
      const std::int64_t length = std::min(chunk, count - start);
      test::require(cudaMemcpy(values.data(), memory.data() + start * std::int64_t{bytes},
                               static_cast<std::size_t>(length) * bytes, cudaMemcpyDeviceToHost));
      for (std::int64_t i = 0; i < length; ++i) {
        const bool right = start + i == place ? values[static_cast<std::size_t>(i)] == fifteen
                                              : (values[static_cast<std::size_t>(i)] & 0x7FFF) == zero;
        if (!right && wrong++ == 0) first = start + i;
      }
    }
    EXPECT_EQ(wrong, 0) << "of " << count << " elements; the first at " << first
                        << "; the one that is not zero belongs to " << place;
  }
};

TEST_P(HugeOperands, AreIndexedIn64Bits) {
  const ConvProblem p = problem();
  const auto& [huge, pass, layout] = GetParam();
  ASSERT_GT(meeting_place(p, huge.large), too_many);
  std::size_t needed = workspace_limit, free = 0, total = 0;
  for (Role role : {Role::x, Role::w, Role::y}) needed += static_cast<std::size_t>(count_of(p, role)) * bytes;
  test::require(cudaMemGetInfo(&free, &total));
  if (free < needed) GTEST_SKIP() << "needs " << (needed >> 20) << " MiB of GPU memory; free are " << (free >> 20);

  std::vector<test::GpuBytes> memory;
  for (Role role : {Role::x, Role::w, Role::y}) {
    memory.emplace_back(static_cast<std::size_t>(count_of(p, role)) * bytes);
    ASSERT_TRUE(memory.back().there());
    test::require(cudaMemset(memory.back().data(), 0, memory.back().size()));
  }
  const Role written = written_role(pass);
  std::uint16_t value = three;
  for (Role role : {Role::x, Role::w, Role::y})
    if (role != written)
      put(memory[static_cast<std::size_t>(role)], meeting_place(p, role), std::exchange(value, five));

  int engines = 0;
  for (const CompiledConv& compiled : compile_on_every_engine(p, {.workspace_limit = workspace_limit})) {
    SCOPED_TRACE(compiled.engine());
    const test::GpuBytes workspace(compiled.workspace_bytes());
    ASSERT_TRUE(workspace.there());
    const test::GpuBytes& result = memory[static_cast<std::size_t>(written)];
    test::require(cudaMemset(result.data(), 0x7F, result.size()));
    compiled.run({.x = memory[0].data(), .w = memory[1].data(), .y = memory[2].data()}, workspace.span(),
                 Stream{test::gpu});
    test::require(cudaDeviceSynchronize());
    expect_one(result, meeting_place(p, written));
    ++engines;
  }
  EXPECT_GT(engines, 0) << "no engine takes " << print(p);
}

std::string name_of_case(const testing::TestParamInfo<std::tuple<Huge, Pass, const char*>>& info) {
  const auto& [huge, pass, layout] = info.param;
  return std::string("Large_") + huge.name + "_" + std::string(name_of(pass)) + "_" + layout;
}

INSTANTIATE_TEST_SUITE_P(Each, HugeOperands,
                         testing::Combine(testing::ValuesIn(cases),
                                          testing::Values(Pass::Forward, Pass::DataGrad, Pass::WeightGrad),
                                          testing::Values("nchw", "nhwc")),
                         name_of_case);

}  // namespace
}  // namespace faltung

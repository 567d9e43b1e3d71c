#include "support/problem_lists.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "problem/epilogue.h"
#include "support/source_dir.h"

namespace faltung::test {
namespace {

namespace fs = std::filesystem;

ConvProblem in_pass(ConvProblem p, Pass pass) {
  p.pass = pass;
  for (Role role : {Role::x, Role::w, Role::y}) p.operand(role).conjugate &= role != written_role(pass);
  if (pass == Pass::WeightGrad) p.epilogue = {}, p.constant_weights = false;
  return p;
}

ConvProblem in_type(ConvProblem p, DType dtype) {
  for (Role role : {Role::x, Role::w, Role::y}) {
    Operand& operand = p.operand(role);
    operand.dtype = dtype;
    operand.alignment = std::max(operand.alignment, static_cast<std::uint8_t>(size_of(real_of(dtype))));
  }
  p.numerics.accumulate.reset();
  if (is_complex(dtype)) p.epilogue.activation = Activation::none;
  if (is_integer(dtype) && is_transcendental(p.epilogue.activation)) p.epilogue.activation = Activation::relu;
  return p;
}

ConvProblem reduced(ConvProblem p) {
  const MemoryFormat format = layout_of(p, Role::x).nearest();
  Geometry& g = p.geometry;
  g.batch = 1;
  g.groups = std::min<std::int64_t>(g.groups, 3);
  g.in_channels = std::min<std::int64_t>(g.in_channels, 6);
  g.out_channels = std::min<std::int64_t>(g.out_channels, 5);
  for (int i = 0; i < g.rank; ++i) {
    Axis& a = g.axes[static_cast<std::size_t>(i)];
    const std::int64_t high_pad = a.high_pad();
    a.out = std::min<std::int64_t>(a.out, 5);
    a.in = std::max<std::int64_t>((a.out - 1) * a.stride + (a.filter - 1) * a.dilation + 1 - a.pad - high_pad, 1);
  }
  for (Role role : {Role::x, Role::w, Role::y}) p.operand(role).strides = operand_strides(g, role, format);
  return canonical(p);
}

const fs::path folder = test::source_dir() / "problems";

}  // namespace

std::vector<ConvProblem> in_every_pass_and_type(const ConvProblem& problem) {
  using enum DType;
  std::vector<ConvProblem> all{problem};
  for (Pass pass : {Pass::Forward, Pass::DataGrad, Pass::WeightGrad}) {
    for (DType dtype : {f32, f64, f16, bf16, cf32, cf64, i8, i32, i64}) {
      try {
        all.push_back(canonical(in_type(in_pass(problem, pass), dtype)));
      } catch (const Error&) {  // strides that may be read but not written
      }
    }
  }
  return all;
}

std::vector<ConvProblem> problems_of(const std::string& name) {
  std::set<ConvProblem> all;
  for (const ProblemLine& line : load_problem_file((folder / (name + ".txt")).string()))
    for (const ConvProblem& problem : in_every_pass_and_type(line.problem)) all.insert(problem);
  return {all.begin(), all.end()};
}

std::vector<ConvProblem> quantized_problems() {
  constexpr double many_flops = 2e7;
  std::set<ConvProblem> all;
  for (const ProblemLine& line : load_problem_file((folder / "quantized.txt").string()))
    all.insert(flops_of(line.problem) > many_flops ? reduced(line.problem) : line.problem);
  return {all.begin(), all.end()};
}

std::vector<ConvProblem> reduced_models() {
  std::set<ConvProblem> all;
  for (const auto& file : fs::directory_iterator(folder / "models"))
    for (const ProblemLine& line : load_problem_file(file.path().string())) all.insert(reduced(line.problem));
  return {all.begin(), all.end()};
}

}  // namespace faltung::test

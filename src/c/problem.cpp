// A problem as numbers: written as text, so that both mean the same and are refused in the same words.
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "c/arguments.h"
#include "c/guard.h"
#include "faltung/error.h"
#include "faltung/tensor.h"

namespace faltung::c {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::InvalidArgument, what); }

// The members that a program knew which was built with an earlier header; the others are zero.
faltung_problem known_members(const faltung_problem& given) {
  constexpr std::size_t first_version = offsetof(faltung_problem, without_transforms) + sizeof(int);
  if (given.size < first_version) fail("problem.size is less than sizeof(faltung_problem)");
  if (given.size > sizeof(faltung_problem)) fail("problem.size is that of a later version than this library's");
  faltung_problem known{};
  std::memcpy(&known, &given, given.size);
  return known;
}

std::string_view pass_name(const faltung_problem& p) {
  const int number = number_of(p.pass);
  if (number < FALTUNG_FORWARD || number > FALTUNG_WEIGHT_GRAD) fail("problem.pass is none of the three passes");
  return name_of(static_cast<Pass>(number));
}

std::string type_of(const faltung_operand& operand, DLDataType otherwise) {
  return std::string(name_of(dtype_from_dlpack(operand.dtype.bits == 0 ? otherwise : operand.dtype)));
}

std::string layout_of(const faltung_operand& operand, const faltung_problem& p) {
  static constexpr std::string_view dense[2][3]{{"ncw", "nchw", "ncdhw"}, {"nwc", "nhwc", "ndhwc"}};
  if (!operand.strides) return std::string(dense[p.channels_last != 0][p.rank - 1]);
  return fmt::format("[{}]", fmt::join(operand.strides, operand.strides + 3 + p.rank, ","));
}

// One size of every axis, as in i56x56; 0 stands for `otherwise`.
std::string sizes(char letter, const faltung_problem& p, std::int64_t faltung_axis::*member,
                  std::int64_t otherwise = 0) {
  std::string text(1, ' ');
  for (int a = 0; a < p.rank; ++a) {
    const std::int64_t size = p.axes[a].*member;
    text += fmt::format("{}{}", a == 0 ? letter : 'x', size == 0 ? otherwise : size);
  }
  return text;
}

// y's extents, if they are given; of all axes or of none.
std::string out_sizes(const faltung_problem& p) {
  int given = 0;
  for (int a = 0; a < p.rank; ++a) given += p.axes[a].out != 0;
  if (given != 0 && given != p.rank) fail("problem.axes[].out is given for some axes and not for others");
  return given == 0 ? "" : sizes('o', p, &faltung_axis::out);
}

int alignment_of(const faltung_operand& operand) {
  return operand.alignment == 0 ? Operand::max_alignment : operand.alignment;
}

// A name that is asked for by a null pointer or by "" says nothing.
template <class Known>
std::string named(const char* name, const char* member, Known is_known) {
  if (!name || !*name) return "";
  if (!is_known(std::string_view(name))) fail(fmt::format("problem.{} has no meaning: '{}'", member, name));
  return fmt::format(" {}", name);
}

bool is_activation(std::string_view name) {
  for (int i = 1; i <= static_cast<int>(Activation::gelu); ++i)
    if (name == name_of(static_cast<Activation>(i))) return true;
  return false;
}

std::string words_of(const faltung_problem& p) {
  std::string text;
  const auto add = [&](int wanted, std::string_view word) {
    if (wanted) text += fmt::format(" {}", word);
  };
  add(p.x.conjugate, "conjx"), add(p.w.conjugate, "conjw"), add(p.y.conjugate, "conjy");
  add(p.bias, "bias"), add(p.add, "add");
  add(p.quantized, "quantized"), add(p.weight_zeros, "wzero");
  text += named(p.activation, "activation", is_activation);
  add(p.accumulate, "accumulate"), add(p.constant_weights, "constw");
  text +=
      named(p.padding_mode, "padding_mode", [](std::string_view name) { return border_from_name(name).has_value(); });
  if (p.accumulator.bits != 0) text += fmt::format(" acc:{}", name_of(dtype_from_dlpack(p.accumulator)));
  add(p.deterministic, "deterministic"), add(p.batch_invariant, "batch_invariant");
  add(p.without_tf32, "notf32"), add(p.without_transforms, "notransforms");
  add(p.large_tiles, "largetiles");
  return text;
}

std::string text_of(const faltung_problem& p) {
  if (p.rank < 1 || p.rank > max_spatial) fail(fmt::format("problem.rank is {}; it must be 1, 2 or 3", p.rank));
  std::string text(pass_name(p));
  text += fmt::format(" {}:{}:{}", type_of(p.x, p.dtype), type_of(p.w, p.dtype), type_of(p.y, p.dtype));
  text += fmt::format(" {}:{}:{}", layout_of(p.x, p), layout_of(p.w, p), layout_of(p.y, p));
  text += fmt::format(" n{} c{} k{} g{}", p.batch, p.in_channels, p.out_channels, p.groups == 0 ? 1 : p.groups);
  text += sizes('i', p, &faltung_axis::in) + sizes('f', p, &faltung_axis::filter) + out_sizes(p);
  text += sizes('s', p, &faltung_axis::stride, 1) + sizes('d', p, &faltung_axis::dilation, 1);
  text += sizes('p', p, &faltung_axis::pad);
  text += fmt::format(" align:{}:{}:{}", alignment_of(p.x), alignment_of(p.w), alignment_of(p.y));
  return text + words_of(p);
}

}  // namespace

ConvProblem problem_of(const faltung_problem* numbers) {
  return parse_problem(text_of(known_members(required(numbers, "the problem"))));
}

ConvProblem problem_of(const char* text) { return parse_problem(&required(text, "the problem")); }

}  // namespace faltung::c

faltung_status faltung_problem_print(const faltung_problem* problem, char** text) {
  using namespace faltung::c;
  return guarded([&] {
    required(text, "text") = nullptr;
    *text = text_for_caller(print(problem_of(problem)));
  });
}

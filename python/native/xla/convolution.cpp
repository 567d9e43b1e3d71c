#include "xla/convolution.h"

#include <array>
#include <new>
#include <optional>
#include <string_view>

#include "arguments/errors.h"
#include "faltung/bind.h"
#include "faltung/compile.h"

namespace faltung::python::xla {
namespace {

struct TypeName {
  ElementType type;
  DType dtype;
};
constexpr TypeName types[] = {
    {ElementType::f32, DType::f32},   {ElementType::f64, DType::f64},  {ElementType::f16, DType::f16},
    {ElementType::bf16, DType::bf16}, {ElementType::c64, DType::cf32}, {ElementType::c128, DType::cf64},
    {ElementType::s8, DType::i8},     {ElementType::s32, DType::i32},  {ElementType::s64, DType::i64}};

std::string_view text_of(const Bytes& bytes) { return {bytes.data, bytes.size}; }

std::string_view problem_text(const Attributes& attributes) {
  for (std::int64_t i = 0; i < attributes.size; ++i)
    if (attributes.types[i] == AttributeType::string && text_of(*attributes.names[i]) == "problem")
      return text_of(*static_cast<const Bytes*>(attributes.values[i]));
  refuse("the attribute \"problem\" is missing");
}

bool holds(const Buffer& buffer, DType dtype) {
  for (const TypeName& known : types)
    if (known.type == buffer.type) return known.dtype == dtype;
  return false;
}

// The elements that strides reach, from the first one on; nothing if some lie before it.
std::optional<std::int64_t> reach_of(const Dims& extents, const Dims& strides) {
  std::int64_t last = 0;
  for (int axis = 0; axis < extents.size(); ++axis) {
    if (extents[axis] == 0) return 0;
    if (strides[axis] < 0) return std::nullopt;
    last += (extents[axis] - 1) * strides[axis];
  }
  return last + 1;
}

std::int64_t element_count(const Buffer& buffer) {
  std::int64_t count = 1;
  for (std::int64_t axis = 0; axis < buffer.rank; ++axis) count *= buffer.extents[axis];
  return count;
}

TensorView view_of(const Buffer& buffer, const ConvProblem& problem, Role role) {
  const Operand& operand = problem.operand(role);
  const TensorView view(buffer.data, operand.dtype, extents_of(problem.geometry, role), operand.strides);
  const auto reach = reach_of(view.sizes, view.strides);
  if (!holds(buffer, operand.dtype) || !reach || *reach > element_count(buffer))
    refuse("an array does not fit the problem: {}", print(problem));
  return view;
}

// x, w and y, wherever the call has them.
OperandViews views_of(const Call& call, const ConvProblem& problem) {
  if (call.arguments.size != 2 || call.results.size != 1)
    refuse("{} arguments and {} results are given; a convolution has 2 and 1", call.arguments.size, call.results.size);
  const Role written = written_role(problem.pass);
  std::array<TensorView, 3> views;
  int next = 0;
  for (const Role role : {Role::x, Role::w, Role::y}) {
    const Buffer& buffer = role == written ? *call.results.buffers[0] : *call.arguments.buffers[next++];
    views[static_cast<std::size_t>(role)] = view_of(buffer, problem, role);
  }
  return {.x = views[0], .w = views[1], .y = views[2]};
}

void run(const Call& call) {
  const ConvProblem problem = parse_problem(problem_text(call.attributes));
  const BoundProblem bound = bind(problem, views_of(call, problem));
  compile(bound.problem).run(bound.operands);
}

ErrorType type_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return ErrorType::invalid_argument;
    case ErrorCode::Unsupported:
      return ErrorType::unimplemented;
    case ErrorCode::OutOfMemory:
      return ErrorType::resource_exhausted;
    default:
      return ErrorType::internal;
  }
}

Error* error_of(const Call& call, ErrorType type, const char* message) {
  ErrorArguments arguments{sizeof(ErrorArguments), nullptr, message, type};
  return call.runtime->create_error(&arguments);
}

void describe(const MetadataExtension& extension) {
  extension.metadata->version = {sizeof(Version), nullptr, major_version, minor_version};
  extension.metadata->traits = 0;
}

}  // namespace

Error* convolution(Call* call) noexcept {
  if (call->extensions && call->extensions->type == ExtensionType::metadata) {
    describe(*reinterpret_cast<const MetadataExtension*>(call->extensions));
    return nullptr;
  }
  try {
    if (call->stage == Stage::execute) run(*call);
    return nullptr;
  } catch (const faltung::Error& error) {
    return error_of(*call, type_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return error_of(*call, ErrorType::resource_exhausted, "no memory for the convolution");
  } catch (const std::exception& error) {
    return error_of(*call, ErrorType::internal, error.what());
  }
}

}  // namespace faltung::python::xla

// Calls as lines of Python: which are refused, and the shapes that the others give.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "check/call_text.h"
#include "check/files.h"
#include "check/operands.h"

namespace faltung::check {
namespace {

PerAxis per_axis(const ValueText& value) { return PerAxis(value.numbers); }

ConvOptions options_of(const CallText& call) {
  ConvOptions options;
  for (const auto& [name, value] : call.named) {
    if (name == "stride")
      options.stride = per_axis(value);
    else if (name == "dilation")
      options.dilation = per_axis(value);
    else if (name == "output_padding")
      options.output_padding = per_axis(value);
    else if (name == "padding")
      options.padding = value.text ? Padding(*value.text) : Padding(value.numbers);
    else if (name == "groups" && value.numbers.size() == 1)
      options.groups = value.numbers[0];
    else
      throw Error(ErrorCode::Io, "a call has the unknown parameter " + name);
  }
  return options;
}

// Calls are about extents, not data: larger ones would let a short line take all memory and time.
void need_small(const Dims& sizes, DType dtype) {
  constexpr double most_bytes = 1 << 20;
  double bytes = static_cast<double>(size_of(dtype));
  for (const std::int64_t size : sizes) bytes *= static_cast<double>(size);
  if (bytes <= most_bytes) return;
  throw Error(ErrorCode::Io, fmt::format("a call's tensor of extents [{}] has more than 1 MiB",
                                         fmt::join(sizes.begin(), sizes.end(), ", ")));
}

void need_small(const std::array<Tensor, 3>& operands, const ConvOptions& options) {
  constexpr double most_flops = 1 << 30;
  const auto& [input, weight, bias] = operands;
  need_small(convolution_sizes(input.sizes, weight.sizes, options), input.dtype);
  if (flops_of(convolution_problem(input, weight, bias, options)) > most_flops)
    throw Error(ErrorCode::Io, "a call takes more than 2^30 operations");
}

std::string answer(const CallText& call, const Options& check) {
  std::array<Tensor, 3> operands;  // input, weight, bias
  if (call.positional.size() < 2 || call.positional.size() > 3)
    throw Error(ErrorCode::Io, "a call needs 2 or 3 tensors");
  for (std::size_t i = 0; i < call.positional.size(); ++i) {
    const auto& zeros = call.positional[i].tensor;
    if (!zeros) throw Error(ErrorCode::Io, "a call's positional arguments must be tensors");
    need_small(zeros->sizes, zeros->dtype);
    operands[i] = Tensor::zeros(zeros->sizes, zeros->dtype, MemoryFormat::contiguous, check.device);
  }
  const Function function = function_named(call.function);
  Context context = check.device == Device{} ? default_context() : Context(check.device);
  try {
    ConvOptions options = options_of(call);
    options.policy = policy_of(check);
    options.transposed = function.transposed;
    need_small(operands, options);
    const Tensor result = function.call(operands[0], operands[1], operands[2], options, context);
    return fmt::format("ok [{}]", fmt::join(result.sizes.begin(), result.sizes.end(), ", "));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::InvalidArgument) throw;
    return "refused";
  }
}

}  // namespace

std::vector<CaseResult> run_refused_calls(const Json& rows, const Options& options) {
  std::vector<CaseResult> results;
  for (const Json& row : rows) {
    CaseResult& result = results.emplace_back();
    result.name = row.at("call").get<std::string>();
    const auto expected = row.at(row.contains("faltung") ? "faltung" : "pytorch").get<std::string>();
    const CallText call = parse_call(result.name);
    try {
      const std::string actual = answer(call, options);
      if (actual == expected) continue;
      result.detail = fmt::format("expected {}, got {}", expected, actual);
      result.status = CaseResult::Status::failed;
    } catch (const Error& error) {
      const bool refused_by_engine = error.code() == ErrorCode::Unsupported && !options.engine.empty();
      result.status = refused_by_engine ? CaseResult::Status::skipped : CaseResult::Status::failed;
      result.detail = error.what();
    }
  }
  return results;
}

}  // namespace faltung::check

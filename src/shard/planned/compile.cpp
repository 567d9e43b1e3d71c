#include <fmt/format.h>

#include "shard/exchange/agreement.h"
#include "shard/planned/compiled.h"

namespace faltung {
namespace {

std::string text_of(const Sharding& sharding) {
  std::string text;
  for (const Cut& cut : sharding.cuts) {
    text += fmt::format(" {}{}", cut.axis == Cut::copies ? "copies" : "axis ",
                        cut.axis == Cut::copies ? "" : std::to_string(cut.axis));
    for (const std::int64_t offset : cut.offsets) text += fmt::format(",{}", offset);
  }
  return text.empty() ? " whole" : text;
}

std::string text_of(const ShardedProblem& sharded, const ShardOptions& options) {
  const OperandShardings& shardings = sharded.shardings;
  return fmt::format("{} | x{} | w{} | y{} | overlap {}, {}", print(sharded.problem), text_of(shardings.x),
                     text_of(shardings.w), text_of(shardings.y), static_cast<int>(options.overlap),
                     name_of(options.policy.effort));
}

std::string fault_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of another kind";
  }
}

}  // namespace

TensorView local_view(const ConvProblem& problem, const Sharding& sharding, Role role, int rank, int ranks,
                      Device device) {
  const ConvProblem clean = canonical(problem);
  const Dims extents = block_of(sharding, joined_extents(clean.geometry, role), rank, ranks).extents;
  return TensorView(nullptr, clean.operand(role).dtype, extents,
                    dense_strides(extents, layout_of(clean, role).nearest()), device);
}

CompiledShardedConv compile_together(const std::function<ShardedProblem()>& prepare, Group& group,
                                     const ShardOptions& options, Context& context) {
  std::unique_ptr<CompiledShardedConv::Impl> impl;
  std::exception_ptr fault;
  std::string text;
  try {
    const ShardedProblem sharded = prepare();
    impl = std::make_unique<CompiledShardedConv::Impl>(sharded, group, options, context);
    text = text_of(sharded, options);
  } catch (...) {
    fault = std::current_exception();
    text = fault_of_current_exception();
  }
  if (fault) {
    try {
      tell_fault(group, text);
    } catch (...) {  // this rank's own fault says more
    }
    std::rethrow_exception(fault);
  }
  agree(group, text);
  try {
    impl->choose(options);
  } catch (...) {
    group.abandon(fault_of_current_exception());
    throw;
  }
  return CompiledShardedConv(std::move(impl));
}

CompiledShardedConv compile_sharded(const ConvProblem& problem, const OperandShardings& shardings, Group& group,
                                    const ShardOptions& options, Context& context, const OperandViews& local) {
  return compile_together([&] { return ShardedProblem{problem, shardings, local}; }, group, options, context);
}

CompiledShardedConv::CompiledShardedConv(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CompiledShardedConv::CompiledShardedConv(CompiledShardedConv&&) noexcept = default;
CompiledShardedConv& CompiledShardedConv::operator=(CompiledShardedConv&&) noexcept = default;
CompiledShardedConv::~CompiledShardedConv() = default;

void CompiledShardedConv::run(const OperandViews& local, double alpha, const Execution& execution) {
  impl_->run(local, alpha, execution);
}
std::vector<const CompiledConv*> CompiledShardedConv::parts() const { return impl_->plan().parts(); }
std::size_t CompiledShardedConv::sent_bytes() const { return impl_->plan().sent_bytes(); }
std::size_t CompiledShardedConv::received_bytes() const { return impl_->plan().received_bytes(); }
std::size_t CompiledShardedConv::buffer_bytes() const { return impl_->plan().buffer_bytes(); }
double CompiledShardedConv::measure(int times) { return impl_->measure(times, false); }
double CompiledShardedConv::measure_exchange(int times) { return impl_->measure(times, true); }
std::string CompiledShardedConv::report() const { return impl_->report(); }

}  // namespace faltung

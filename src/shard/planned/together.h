// Planning that fails on all ranks if it does on one.
#pragma once

#include <functional>

#include "faltung/sharded.h"

namespace faltung {

struct ShardedProblem {
  ConvProblem problem;
  OperandShardings shardings;
  OperandViews local{};
};

// `prepare` is this rank's own; what it throws the other ranks learn.
CompiledShardedConv compile_together(const std::function<ShardedProblem()>& prepare, Group& group,
                                     const ShardOptions& options, Context& context);

}  // namespace faltung

// One convolution on many ranks: each holds blocks of x, w and y and computes the results of its own.
//
// What a rank needs beyond its blocks is a list of (rank, box): interval arithmetic on the geometry, so strides,
// dilation, any padding, transposed convolutions and halos wider than a neighbour's block are no special cases. What it
// computes are ordinary problems with padding by side, so every engine serves. Results have the bits that the same
// engine gives on one device, but for weight gradients: they are summed over the ranks.
#pragma once

#include <memory>
#include <string>

#include "faltung/bind.h"
#include "faltung/compile.h"
#include "faltung/group.h"
#include "faltung/sharding.h"

#pragma GCC visibility push(default)
namespace faltung {

// When a rank computes what depends on its own elements alone.
enum class Overlap : std::uint8_t {
  automatic,       // as is estimated to be faster, or was measured to be (effort Measure); the same on all ranks
  none,            // everything at once, when all has arrived: one problem, but a copy of x with its halo
  interior_first,  // while the halo travels; then the rest, in slabs
};

struct ShardOptions {
  Policy policy{};
  Overlap overlap = Overlap::automatic;
};

// One rank's part of a planned problem, with its buffers: for one thread at a time. On a GPU it outlives the work of
// its runs.
class CompiledShardedConv {
 public:
  class [[gnu::visibility("hidden")]] Impl;
  [[gnu::visibility("hidden")]] explicit CompiledShardedConv(std::unique_ptr<Impl> impl);
  CompiledShardedConv(CompiledShardedConv&&) noexcept;
  CompiledShardedConv& operator=(CompiledShardedConv&&) noexcept;
  ~CompiledShardedConv();

  // All ranks run together, each with its own blocks: x (N, G·C, in…), w (G·K, C, filter…), y (N, G·K, out…) as
  // local_view() says. z lies like the written block; bias has an entry for each channel of the whole result. What is
  // wrong with the arguments of one rank it throws as InvalidArgument, and the others EngineFailure. After that the
  // group is of no more use.
  void run(const OperandViews& local, double alpha = 1.0, const Execution& execution = {});

  // The plans of this rank, in the order in which they run: one, or the interior's and the slabs'. None if its block is
  // empty.
  std::vector<const CompiledConv*> parts() const;
  std::size_t sent_bytes() const;      // in a run, of x, w and y
  std::size_t received_bytes() const;  // likewise
  std::size_t buffer_bytes() const;    // that this rank keeps: what travels, sums, workspace
  std::string report() const;          // the order that was chosen, and why

  // Seconds of a run on operands of its own, the slowest rank's: the least of so many measurements. All ranks call it.
  double measure(int times = 3);
  double measure_exchange(int times = 3);  // of what travels before the work, alone

 private:
  std::unique_ptr<Impl> impl_;
};

// All ranks call it together, with the same problem, shardings and options, and a context of their own device. Local
// blocks are dense, in the format nearest to the problem's operand, or have the strides of `local` where its views are
// defined (their data may be null). The group must outlive the result. Throws InvalidArgument, on all ranks, if they
// disagree, or if the shardings do not fit; otherwise as compile().
CompiledShardedConv compile_sharded(const ConvProblem& problem, const OperandShardings& shardings, Group& group,
                                    const ShardOptions& options = {}, Context& context = default_context(),
                                    const OperandViews& local = {});

// A rank's block of an operand, without data: the extents, strides and type that run() wants.
TensorView local_view(const ConvProblem& problem, const Sharding& sharding, Role role, int rank, int ranks,
                      Device device = {});

}  // namespace faltung
#pragma GCC visibility pop

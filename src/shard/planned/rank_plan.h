// What one rank does in a run, in one order of work.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "faltung/compile.h"
#include "faltung/sharded.h"
#include "shard/geometry/channels.h"
#include "shard/geometry/division.h"
#include "shard/planned/ordered_sum.h"

namespace faltung {

using LocalViews = std::array<TensorView, 3>;  // of a rank's blocks of x, w, y

class RankPlan {
 public:
  // `local` shows how the blocks lie, and by its addresses, which are not looked at, how they are aligned.
  RankPlan(const Division& division, const LocalViews& local, const Group& group, const Policy& policy,
           Context& context);

  void run(const LocalViews& local, const OperandViews& added, double alpha, Group& group, const Execution& execution);

  void exchange(const LocalViews& local, Group& group, const Execution& execution);  // and nothing else, to be timed

  std::vector<const CompiledConv*> parts() const;
  std::size_t sent_bytes() const noexcept { return sent_bytes_; }
  std::size_t received_bytes() const noexcept { return received_bytes_; }
  std::size_t buffer_bytes() const;
  double estimated_seconds(const Group& group) const;  // on this rank
  WorkOrder order() const noexcept { return division_.order; }

 private:
  struct Part {
    Piece piece;
    std::array<Tensor, 3> gathered;  // of what it reads, where the block has not all of it
    std::array<Box, 3> shown;        // by these: x may have zeros beyond its ends
    std::optional<CompiledConv> compiled;
    bool waits = false;  // for what others send
    Tensor rounded;      // terms in the type of w, where no engine of the device writes them in the accumulator's
  };
  struct Travelling {
    Transfer transfer;
    Parcel parcel;
  };

  bool is_local(const Part& part, Role role) const { return contains(held_[index_of(role)], part.piece.of(role)); }
  bool writes_terms(Role role) const { return role == Role::w && division_.problem.pass == Pass::WeightGrad; }
  double estimated_seconds(bool waiting) const;
  TensorView view_of(const Part& part, Role role, const LocalViews& local) const;
  ConvProblem problem_of(const Part& part, const LocalViews& local) const;
  CompiledConv compile_part(Part& part, const LocalViews& local, const Policy& policy, Context& context,
                            const Execution& execution) const;
  void add_rounded(const Part& part, const Execution& execution) const;
  Box pad_alike(Piece& piece) const;
  void gather(Part& part, Role role, Context& context, const Execution& execution);
  void add_part(const Piece& piece, const LocalViews& local, const Policy& policy, Context& context,
                const Execution& execution);
  void add_workspace(const Execution& execution);
  void add_transfers(const LocalViews& local, const Group& group, const Execution& execution);
  void add_sum(const LocalViews& local, const Group& group, const Execution& execution);
  TensorView destination(const Transfer& transfer) const;
  void start(const LocalViews& local, Group& group, const Execution& execution);
  void gather_own(const LocalViews& local, const Execution& execution) const;
  void sum_terms(const TensorView& w, Group& group, const Execution& execution);
  void run_part(const Part& part, const LocalViews& local, const OperandViews& added, double alpha,
                const Execution& execution) const;

  Division division_;
  int rank_;
  std::array<Box, 3> held_;
  std::array<MemoryFormat, 3> formats_;  // in which each operand travels
  std::vector<Part> parts_;
  std::vector<Travelling> sent_, received_;
  std::size_t sent_bytes_ = 0, received_bytes_ = 0, gathered_bytes_ = 0;
  double copied_bytes_per_second_;
  Tensor workspace_;
  Tensor terms_;    // of a weight gradient: this rank's
  Tensor widened_;  // rounded terms on their way there
  std::optional<OrderedSum> sum_;
  bool group_adds_ = false;  // the terms, in an order of its own
  std::vector<Message> sends_, receives_;
};

}  // namespace faltung

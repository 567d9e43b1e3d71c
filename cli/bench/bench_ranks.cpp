#include "bench_ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <thread>

#include "command.h"
#include "faltung/error.h"
#include "faltung/nccl_group.h"
#include "faltung/sharded.h"
#include "json/json.h"
#include "support/output.h"
#include "support/problems.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

constexpr int measurements = 5;
constexpr Overlap overlaps[] = {Overlap::none, Overlap::interior_first};

// The slowest rank's seconds, and what the one that has the most of it has.
struct RankCost {
  double seconds = 0, exchange_seconds = 0;
  std::size_t sent_bytes = 0, memory_bytes = 0;
};

struct Row {
  Work work;
  RankCost one, whole, interior_first;

  const RankCost& best() const { return whole.seconds < interior_first.seconds ? whole : interior_first; }
  double speedup() const { return one.seconds / best().seconds; }
};

// The outermost spatial axis, evenly.
OperandShardings by_space(const Geometry& g, int ranks) {
  return {.x = {{even_cut(2, g.axes[0].in, ranks)}}, .w = {}, .y = {{even_cut(2, g.axes[0].out, ranks)}}};
}

// Of this rank's blocks and buffers.
std::size_t memory_of(const CompiledShardedConv& compiled, const ConvProblem& problem,
                      const OperandShardings& shardings, const Group& group) {
  std::size_t bytes = compiled.buffer_bytes();
  for (const Role role : {Role::x, Role::w, Role::y}) {
    const TensorView block = local_view(problem, shardings.of(role), role, group.rank(), group.size());
    bytes += static_cast<std::size_t>(block.numel()) * size_of(block.dtype);
  }
  return bytes;
}

RankCost cost_of(const Work& work, Group& group, const ShardOptions& options, Context& context) {
  const OperandShardings shardings = by_space(work.problem.geometry, group.size());
  CompiledShardedConv compiled = compile_sharded(work.problem, shardings, group, options, context);
  return {compiled.measure(measurements), compiled.measure_exchange(measurements), compiled.sent_bytes(),
          memory_of(compiled, work.problem, shardings, group)};
}

// Calls measure(rank) on threads; throws what the first of the ranks threw that failed.
void on_threads(int ranks, const std::function<void(int)>& measure) {
  std::vector<std::exception_ptr> faults(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      try {
        measure(rank);
      } catch (...) {
        faults[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& fault : faults)
    if (fault) std::rethrow_exception(fault);
}

// Threads of this machine, which share its processors; or its GPUs from 0 on, each with a thread.
class Ranks {
 public:
  Ranks(int count, const BenchOptions& options) : policy_(options.choosing.policy) {
    EngineOptions choosing = options.choosing;
    const bool on_gpus = choosing.device.starts_with("cuda");
    std::vector<int> gpus;
    for (int rank = 0; rank < count; ++rank) {
      if (on_gpus) choosing.device = fmt::format("cuda:{}", rank);
      if (rank == 0 || on_gpus) contexts_.push_back(open_context(choosing));
      gpus.push_back(rank);
    }
    groups_ = on_gpus && count > 1 ? nccl_groups(gpus) : thread_groups(count);
    policy_.threads = on_gpus ? 0 : std::max(threads_of(policy_, {}) / count, 1);
  }

  RankCost measure(const Work& work, Overlap overlap) {
    std::vector<RankCost> costs(groups_.size());
    on_threads(static_cast<int>(groups_.size()), [&](int rank) {
      const auto i = static_cast<std::size_t>(rank);
      Context context = contexts_[std::min(i, contexts_.size() - 1)];
      try {
        costs[i] = cost_of(work, *groups_[i], {policy_, overlap}, context);
      } catch (const std::exception& error) {
        groups_[i]->abandon(error.what());
        throw;
      }
    });
    RankCost most = costs.front();
    for (const RankCost& cost : costs) {
      most.sent_bytes = std::max(most.sent_bytes, cost.sent_bytes);
      most.memory_bytes = std::max(most.memory_bytes, cost.memory_bytes);
    }
    return most;
  }

 private:
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<Context> contexts_;
  Policy policy_;
};

// Takes for ever where the memory of one is too small: that is what several are for.
RankCost measure_one(const Work& work, const BenchOptions& options) try {
  return Ranks(1, options).measure(work, Overlap::none);
} catch (const Error& error) {
  if (error.code() != ErrorCode::OutOfMemory) throw;
  return {.seconds = std::numeric_limits<double>::infinity()};
}

Row measure(const Work& work, const BenchOptions& options, Ranks& all) {
  return {work, measure_one(work, options), all.measure(work, overlaps[0]), all.measure(work, overlaps[1])};
}

// A problem that cannot be divided so is no wrong call: others of the list may.
Row measure_divided(const Work& work, const BenchOptions& options, Ranks& all) try {
  return measure(work, options, all);
} catch (const Error& error) {
  if (error.code() != ErrorCode::InvalidArgument) throw;
  throw Error(ErrorCode::Unsupported, error.what());
}

double memory_share(const Row& row) {
  return static_cast<double>(row.best().memory_bytes) / static_cast<double>(row.one.memory_bytes);
}

void print_json(const Row& row, int ranks) {
  const Json line = {{"problem", print(row.work.problem)},
                     {"ranks", ranks},
                     {"one_ms", milliseconds(row.one.seconds)},
                     {"whole_ms", milliseconds(row.whole.seconds)},
                     {"interior_first_ms", milliseconds(row.interior_first.seconds)},
                     {"speedup", row.speedup()},
                     {"exchange_ms", milliseconds(row.best().exchange_seconds)},
                     {"sent_bytes", row.best().sent_bytes},
                     {"memory_share", memory_share(row)}};
  print_result("{}\n", line.dump());
}

std::vector<std::string> cells_of(const Row& row) {
  const auto ms = [](const RankCost& cost) { return fmt::format("{:.3f}", 1e3 * cost.seconds); };
  const bool fits = std::isfinite(row.one.seconds);
  return {print(row.work.problem),
          fits ? ms(row.one) : "too large",
          ms(row.whole),
          ms(row.interior_first),
          fits ? fmt::format("{:.2f}", row.speedup()) : "-",
          fmt::format("{:.3f}", 1e3 * row.best().exchange_seconds),
          fmt::format("{}", row.best().sent_bytes),
          fits ? fmt::format("{:.0f} %", 100 * memory_share(row)) : "-"};
}

void print_table(const std::vector<Row>& rows) {
  Table table(
      {"problem", ">one ms", ">whole ms", ">interior first ms", ">times", ">exchange ms", ">sent B", ">memory"});
  for (const Row& row : rows) table.row(cells_of(row));
  table.print();
}

}  // namespace

int bench_ranks(const BenchOptions& options) {
  const WorkList list = work_of(options.work);
  std::optional<Ranks> all(std::in_place, options.ranks, options);
  std::vector<Row> rows;
  bool all_done = true;
  for (const Work& work : list.work) {
    if (!all) all.emplace(options.ranks, options);
    const bool done = attempt(work.problem, nullptr, [&] { rows.push_back(measure_divided(work, options, *all)); });
    all_done &= done;
    if (!done) all.reset();  // after a failure a group is of no more use
    if (done && options.json) print_json(rows.back(), options.ranks);
  }
  if (!options.json && !rows.empty()) print_table(rows);
  print_messages(list.impossible);
  if (!all_done) return failed;
  return list.impossible.empty() ? ok : unsupported;
}

}  // namespace faltung::cli

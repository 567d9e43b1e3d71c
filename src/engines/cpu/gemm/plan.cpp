#include "engines/cpu/gemm/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "base/parallel_for.h"
#include "compose/composite_plan.h"
#include "compose/store_result.h"
#include "engines/cpu/gemm/blocking.h"
#include "engines/cpu/gemm/quantized_plan.h"
#include "engines/cpu/gemm/stage_rows.h"
#include "kernels/gemm/prepare_side.h"
#include "kernels/gemm/scratch.h"
#include "kernels/gemm/tile.h"
#include "plan/worthwhile_threads.h"
#include "problem/quantized.h"

namespace faltung::cpu_gemm {
namespace {

using gemm::IndexSet;
using gemm::Tile;

constexpr double call_seconds = 1e-6;  // of a call beside its tasks

// Beyond this many, phases are worked out as they are met: a huge stride has as many as x has positions.
constexpr std::int64_t kept_phases = 64;
constexpr double phase_cycles = 2000;  // of working one out

constexpr double far_cost = 0.4;           // cycles an element of an operand that the second-level cache does not hold
constexpr double in_place_cost = 0.1;      // of reading one where it lies, in many lines
constexpr double copying_cost = 0.3;       // cycles an element that is copied by position
constexpr std::int64_t few_channels = 4;   // whose copies have short runs, and rows that meet most of them again
constexpr double few_channels_cost = 0.3;  // of such an element wherever it is read
constexpr double worth_copying = 0.6;      // of what packing would cost

std::int64_t group_stride(const ConvProblem& problem, Role role) {
  return problem.operand(role).strides[role == Role::w ? 0 : 1];
}

// One product of the problem: a group's phase.
template <class T>
struct Part {
  Contraction contraction;
  gemm::Product<T> product;
  std::size_t prepared_offset = 0;  // bytes to its prepared weights, from the first of its group
  std::int64_t block_depth = 0;     // one that has all taps of some channels; 0: any
};

// What the micro-kernels multiply; unsigned numbers stand for signed ones.
template <class T>
inline constexpr DType number_type = std::is_same_v<T, double>          ? DType::f64
                                     : std::is_same_v<T, float>         ? DType::f32
                                     : std::is_same_v<T, std::uint32_t> ? DType::i32
                                                                        : DType::i64;

template <class T>
std::size_t lines_of(const Checked& numbers) {
  return whole_lines(numbers * static_cast<std::int64_t>(sizeof(T)));
}

template <class T>
class GemmPlan final : public Plan {
 public:
  GemmPlan(const ConvProblem& problem, const DeviceInfo& device, const Thrift& thrift, Words words = Words::single,
           bool other_role = false)
      : problem_(problem),
        words_(words),
        threads_(std::max(device.threads / thrift.threads, 1)),
        phase_(problem, may_leave_phases(problem)),
        phases_(phase_.count()) {
    promise(Accuracy::exact, call_seconds + fill_seconds(device));
    if (phases_ == 0) return;  // no product
    const Contraction largest = merged(unmerged_contraction_of(problem, phase_, 0, 0));
    gathered_is_lanes_ = gathered_across(largest, std::max(gemm::micro_kernels<T>().vector_lanes / parts(), 1));
    core_ = core_of(device);
    if (other_role) gathered_is_lanes_ = !gathered_is_lanes_;
    for (std::int64_t phase = 0; phase < std::min(phases_, kept_phases); ++phase) kept_.push_back(part_of(phase));
    store_ = problem.epilogue.quantized ? epilogue::store_quantized_rows_for(problem.y.dtype)
                                        : epilogue::store_rows_for(accumulator_of(problem), problem.written().dtype);
    cut(device, thrift);
    lay_out_prepared();
  }

  // Whether the gathered operand might as well become rows, which several taps then read from one copy.
  bool may_be_rows() const {
    const Geometry& g = problem_.geometry;
    return gathered_is_lanes_ && may_stage() && kept_[0].product.rows.count() >= fewest_lanes &&
           std::any_of(g.axes.begin(), g.axes.end(), [](const Axis& axis) { return axis.filter > 1; });
  }

  bool is_staged() const { return !stages_.empty(); }

  std::size_t workspace_bytes() const override { return workspace_bytes_; }
  std::size_t prepared_bytes() const override { return prepared_bytes_; }

  // A task for each stretch of rows or lanes that the tiles of a run have.
  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    if (prepared_bytes() == 0) return;
    const gemm::PanelKind kind = weights_kind();
    const std::int64_t step = kind == gemm::PanelKind::rows ? blocking_.tile.rows : blocking_.tile.lanes;
    const std::int64_t tiles = kind == gemm::PanelKind::rows ? row_tiles_ : lane_tiles_;
    std::size_t most = 0;
    for (const Part<T>& part : kept_) most = std::max(most, gemm::prepare_scratch_bytes(part.product, kind));
    const auto scratch_bytes = static_cast<std::int64_t>(most);
    parallel_for(execution.at_most(threads_), products() * tiles, [&](std::int64_t task) {
      const std::int64_t index = task / tiles, first = task % tiles * step;
      const Part<T>& part = kept_[static_cast<std::size_t>(index % phases_)];
      const gemm::Product<T> product = product_for({.w = const_cast<void*>(w)}, part, index);  // only read
      const std::int64_t count = std::min(step, product.side(kind).across.count() - first);
      auto* to = reinterpret_cast<T*>(prepared + prepared_offset(index));
      const Tensor scratch = Tensor::empty({scratch_bytes}, DType::i8);
      if (count > 0) gemm::prepare_side(product, kind, first, count, to, scratch.as<std::byte>());
    });
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    const std::int64_t tiles = row_tiles_ * lane_tiles_;
    const std::int64_t splits = blocking_.splits_in_turn ? 1 : blocking_.splits;
    const std::int64_t tasks = products() * splits * tiles;
    T* dense = reinterpret_cast<T*>(workspace.data());
    std::byte* scratch = workspace.data() + dense_bytes_;
    if (fills()) store_empty_sums(problem_, operands, execution.at_most(threads_));
    const std::int64_t sums = splits > 1 && tiles > 0 ? problem_.geometry.groups * dense_rows_ : 0;
    parallel_phases(execution.at_most(threads_), {tasks, sums}, [&](int phase, std::int64_t task, int slot) {
      if (phase == 1) return add_splits(operands, dense, task);
      std::byte* own = scratch + static_cast<std::size_t>(slot) * scratch_bytes_;
      const std::int64_t split = task / tiles % splits;
      run_task(operands, {.product = task / tiles / splits, .split = split, .tile = task % tiles}, dense, own);
    });
  }

  void outline(Outline& outline) const override {
    const gemm::TileSize& tile = blocking_.tile;
    outline.line(fmt::format(
        "cpu.gemm: {} products of {} × {} tiles of {} × {}, depth in blocks of {}, {} splits{}, {} on the lanes{}{}",
        products(), row_tiles_, lane_tiles_, tile.rows, tile.lanes, tile.depth, blocking_.splits,
        blocking_.splits_in_turn ? " in turn" : "",
        gathered_is_lanes_ == (problem_.pass != Pass::WeightGrad) ? "positions" : "channels",
        stages_.empty() ? "" : ", copied by position", fills() ? ", what no tap meets is filled before" : ""));
  }

  std::size_t footprint_bytes() const override {
    return sizeof(*this) + phase_.footprint_bytes() + kept_.size() * sizeof(Part<T>) +
           stages_.size() * sizeof(gemm::Stage);
  }

 private:
  // Phases without a tap are filled beforehand, all at once, unless what stands there is read before; where it stays,
  // nothing is done.
  static bool may_leave_phases(const ConvProblem& problem) {
    return !problem.epilogue.add && (!problem.accumulate || problem.epilogue.empty());
  }
  double written_numbers() const {
    return static_cast<double>(numel_of(problem_.geometry, written_role(problem_.pass)) * parts());
  }
  bool fills() const { return phase_.share() < 1 && !problem_.accumulate; }
  double fill_seconds(const DeviceInfo& device) const {
    const auto elements = static_cast<double>(numel_of(problem_.geometry, written_role(problem_.pass)));
    return fills() ? elements * static_cast<double>(size_of(problem_.written().dtype)) / device.bytes_per_second : 0;
  }

  int parts() const { return is_complex(problem_.written().dtype) ? 2 : 1; }
  // Without the phases that no tap meets.
  std::int64_t products_with_terms() const {
    const auto empty = std::count_if(kept_.begin(), kept_.end(),
                                     [](const Part<T>& part) { return part.product.a.depth.count() == 0; });
    return std::max<std::int64_t>(phases_ - empty, 1) * problem_.geometry.groups;
  }
  std::int64_t products() const { return phases_ * problem_.geometry.groups; }
  gemm::PanelKind weights_kind() const { return gathered_is_lanes_ ? gemm::PanelKind::rows : gemm::PanelKind::lanes; }

  Part<T> part_of(std::int64_t phase) const {
    const std::int64_t block = block_channels(phase);
    Part<T> part{.contraction = merged(unmerged_of(phase))};
    const std::int64_t channels = read_channels(problem_);
    if (block > 0 && block < channels) part.block_depth = part.contraction.gathered.depth.count() / (channels / block);
    part.product = product_of<T>(problem_, part.contraction, gathered_is_lanes_);
    if constexpr (std::is_same_v<T, std::uint32_t>) part.product.kernels = &kernels_for(words_, gathered_is_lanes_);
    part.product.tile = blocking_.tile;
    return part;
  }

  Contraction unmerged_of(std::int64_t phase) const {
    return unmerged_contraction_of(problem_, phase_, phase, block_channels(phase));
  }
  bool may_stage() const {
    return std::is_floating_point_v<T> && parts() == 1 && phases_ > 0 && phases_ <= kept_phases;
  }
  // The same where nothing is copied, so that sums are.
  std::int64_t block_channels(std::int64_t phase) const {
    if (!may_stage()) return 0;
    const std::int64_t depth = unmerged_contraction_of(problem_, phase_, phase, 0).gathered.depth.count();
    const std::int64_t panel = gemm::micro_kernels<T>().lanes() * static_cast<std::int64_t>(sizeof(T));
    return channels_of_block(problem_, depth, deepest_block(core_, panel));
  }

  bool reads_in_place(std::int64_t lanes) const {
    return std::all_of(kept_.begin(), kept_.end(),
                       [&](const Part<T>& part) { return gemm::reads_in_place(part.product, lanes); });
  }

  static bool is_empty(const gemm::Product<T>& product) {
    return product.a.across.count() == 0 || product.a.depth.count() == 0;
  }

  // Copies rows by position where a tile of enough rows fits, and that costs clearly less than packing.
  bool choose_staged_blocking(const Work& packed, std::int64_t bytes, const DeviceInfo& device, const Thrift& thrift) {
    std::optional<gemm::Stage> stage = stage_of<T>(problem_, unmerged_of(0));
    if (!stage || is_empty(kept_[0].product)) return false;
    const int threads = threads_;
    Work work = packed;
    const std::int64_t depth = block_depth(work);
    work.most_rows = rows_that_fit(*stage, work.rows, depth, bytes / static_cast<std::int64_t>(sizeof(T)));
    if (work.most_rows < std::min<std::int64_t>(work.rows, 2 * work.panel_rows)) return false;
    const std::int64_t copied = stage->lay_out(work.most_rows, depth);
    work.row_packing = copying_cost * static_cast<double>(copied) / static_cast<double>(work.most_rows * depth);
    if (work.row_packing > worth_copying * packed.row_packing) return false;
    if (read_channels(problem_) <= few_channels) work.row_packing += few_channels_cost;
    choose_blocking(work, device, thrift);
    set_tiles();
    if (lay_out_stages(bytes * 3 / 2)) return true;
    for (Part<T>& part : kept_) part.product.a.stage = nullptr;
    stages_.clear();
    threads_ = threads;
    return false;
  }

  // All parts' for their tiles, unless one takes more.
  bool lay_out_stages(std::int64_t bytes) {
    stages_.reserve(kept_.size());
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      gemm::Product<T>& product = kept_[i].product;
      if (is_empty(product)) continue;
      std::optional<gemm::Stage> stage = stage_of<T>(problem_, unmerged_of(static_cast<std::int64_t>(i)));
      if (!stage) return false;
      const std::int64_t rows = std::min(product.tile.rows, product.a.across.count());
      product.a.stage_numbers = stage->lay_out(rows, product.tile.depth);
      if (product.a.stage_numbers * static_cast<std::int64_t>(sizeof(T)) > bytes) return false;
      stages_.push_back(*stage);
      product.a.stage = &stages_.back();
    }
    return true;
  }

  // Chooses the tiles, for the largest phase.
  void cut(const DeviceInfo& device, const Thrift& thrift) {
    const gemm::Product<T>& largest = kept_[0].product;
    Work work{.products = products_with_terms(), .threads = threads_, .core = core_};
    work.rows = std::max<std::int64_t>(largest.rows.count(), 1);
    work.lanes = std::max<std::int64_t>(largest.lanes.count(), 1);
    for (const Part<T>& part : kept_) work.depth = std::max(work.depth, part.product.a.depth.count());
    work.depth *= parts();
    work.panel_rows = largest.kernels->rows;
    work.panel_lanes = largest.panel_lanes();
    work.vector_lanes = std::max(largest.kernels->vector_lanes / parts(), 1);
    work.number_bytes = sizeof(T);
    work.panel_bytes = static_cast<std::int64_t>(sizeof(T)) * largest.kernels->lanes();
    const bool packs_weights = !problem_.constant_weights;
    work.row_packing = packs_weights || !gathered_is_lanes_ ? packing_cost(largest.a) : 0;
    work.lane_packing = packs_weights || gathered_is_lanes_ ? packing_cost(largest.b) : 0;
    if (packs_weights && is_far(device)) (gathered_is_lanes_ ? work.row_packing : work.lane_packing) += far_cost;
    if (reads_in_place(work.lanes)) work.row_packing = in_place_cost;
    work.block_depth = kept_[0].block_depth;
    const std::int64_t stage_bytes = rows_bytes(core_, thrift.tiles);
    const bool staged = may_stage() && !gathered_is_lanes_ && choose_staged_blocking(work, stage_bytes, device, thrift);
    if (!staged) choose_blocking(work, device, thrift);
    promise(Accuracy::reassociated,
            call_seconds + fill_seconds(device) +
                (full_share() * blocking_.cycles + phases_cycles() + storing_cycles(device)) / device.hertz);
    blocking_.tile.depth = ceil_div(blocking_.tile.depth, parts());
    blocking_.split_depth = ceil_div(blocking_.split_depth, parts());
    row_tiles_ = ceil_div(largest.rows.count(), blocking_.tile.rows);
    lane_tiles_ = ceil_div(largest.lanes.count(), blocking_.tile.lanes);
    if (blocking_.splits > 1 && !blocking_.splits_in_turn) reserve_dense(work);
    if (!staged) set_tiles();
    for (const Part<T>& part : kept_) scratch_bytes_ = std::max(scratch_bytes_, tile_scratch_bytes(part.product));
    scratch_bytes_ += 2 * turn_bytes();
    workspace_bytes_ = whole_lines(Checked(static_cast<std::int64_t>(scratch_bytes_)) * threads_ +
                                   static_cast<std::int64_t>(dense_bytes_));
  }

  void set_tiles() {
    for (Part<T>& part : kept_) {
      part.product.tile = blocking_.tile;
      if (part.block_depth > 0) part.product.tile.depth = part.block_depth;
      if (part.product.a.depth.count() == 0) part.product.tile.depth = 0;
    }
  }

  void choose_blocking(Work& work, const DeviceInfo& device, const Thrift& thrift) {
    const bool may_split = problem_.pass == Pass::WeightGrad;
    Work alone = work;
    alone.threads = 1;
    blocking_ = blocking_of(alone, may_split, thrift.tiles);
    threads_ = worthwhile_threads(threads_, blocking_.cycles / device.hertz);
    if (threads_ == 1) return void(work = alone);
    blocking_ = blocking_of(work, may_split, thrift.tiles);
  }

  // Room for the sums of all splits.
  void reserve_dense(const Work& work) {
    const Checked stride = gemm::checked_packed_width(kept_[0].product, gemm::PanelKind::lanes, work.lanes);
    dense_bytes_ = lines_of<T>(stride * work.rows * blocking_.splits * products());
    dense_stride_ = stride.value();
    dense_rows_ = work.rows;
  }

  // Phases differ in their taps: the terms of all, as a share of what they would be if all were as deep as the deepest.
  double full_share() const {
    double all = 0, deepest = 0;
    for (const Part<T>& part : kept_) {
      const auto depth = static_cast<double>(part.product.a.depth.count());
      all += depth;
      deepest = std::max(deepest, depth);
    }
    return deepest > 0 ? all / (deepest * static_cast<double>(kept_.size())) : 1;
  }

  // Each thread's share of the phases that are worked out as they are met.
  double phases_cycles() const {
    return phases_ > kept_phases ? phase_cycles * static_cast<double>(products()) / threads_ : 0;
  }

  // Each thread's share of the result. What does not fit into the caches goes to memory and is read before, by lines.
  double storing_cycles(const DeviceInfo& device) const {
    const IndexSet &rows = kept_[0].product.rows, &lanes = kept_[0].product.lanes;
    const double numbers = phase_.share() * written_numbers();
    const double bytes = numbers * sizeof(T), caches = static_cast<double>(device.l2_bytes) * device.threads;
    const std::int64_t apart = std::min(rows.inner().stride, lanes.inner().stride);
    const double passes = static_cast<double>(std::clamp<std::int64_t>(apart, 1, 16));
    const double memory = bytes > caches ? passes * bytes / 16 * device.hertz / device.bytes_per_second : 0;
    return storing_cost(problem_, rows, lanes, may_be_in_place()) * numbers / threads_ + memory;
  }

  // Whether the operand that is not gathered comes from beyond the second-level cache.
  bool is_far(const DeviceInfo& device) const {
    const Role plain = kept_[0].contraction.plain.role;
    const std::int64_t bytes =
        numel_of(problem_.geometry, plain) * static_cast<std::int64_t>(size_of(problem_.operand(plain).dtype));
    return bytes > static_cast<std::int64_t>(device.l2_bytes);
  }

  // Four bytes are multiplied as fast as a number in f32; pairs take an addition more.
  Core core_of(const DeviceInfo& device) const {
    const int lanes = gemm::micro_kernels<T>().vector_lanes;
    const DType number = words_ == Words::quads ? DType::f32 : number_type<T>;
    const double flops = device.ceiling(number, Unit::vector) / device.threads;
    return {.l1_bytes = static_cast<std::int64_t>(device.l1_bytes),
            .l2_bytes = static_cast<std::int64_t>(device.l2_bytes),
            .multiply_adds = flops / device.hertz / (2 * lanes)};
  }

  // Of a tile's sums where splits are done in turn: it has those so far and those of one more.
  std::size_t turn_bytes() const {
    if (!blocking_.splits_in_turn) return 0;
    gemm::Scratch count(nullptr);
    count.take<T>(static_cast<std::size_t>(blocking_.tile.rows * turn_stride()));
    return count.used();
  }
  std::int64_t turn_stride() const {
    return gemm::packed_width(kept_[0].product, gemm::PanelKind::lanes, blocking_.tile.lanes);
  }

  T* dense_of(T* dense, std::int64_t product, std::int64_t split) const {
    return dense + (product * blocking_.splits + split) * dense_rows_ * dense_stride_;
  }

  FinishContext finish_context(const Operands& operands, const Part<T>& part, std::int64_t group) const {
    const Role written = written_role(problem_.pass);
    const Operand& operand = problem_.written();
    const std::int64_t offset = part.contraction.c_origin + group * group_stride(problem_, written);
    const auto element = static_cast<std::int64_t>(size_of(operand.dtype));
    const Geometry& g = problem_.geometry;
    FinishContext context{.store = store_,
                          .activation = problem_.epilogue.activation,
                          .accumulate = problem_.accumulate,
                          .channels_across = !gathered_is_lanes_,
                          .parts = parts(),
                          .stored_bytes = element,
                          .bias_bytes = static_cast<std::int64_t>(size_of(bias_type(problem_)))};
    context.channels = written == Role::x ? g.in_channels : g.out_channels;
    context.per_channel = part.contraction.plain_per_channel;
    context.rows = part.product.rows;
    context.lanes = part.product.lanes;
    context.written = static_cast<std::byte*>(operands.get(written)) + offset * element;
    if (problem_.epilogue.bias)
      context.bias = static_cast<const std::byte*>(operands.bias) + group * context.channels * context.bias_bytes;
    if (const Quantization* const values = operands.quantization) {
      if (values->scale) context.scale = values->scale + group * context.channels;
      context.zero = values->y_zero;
    }
    if (problem_.epilogue.add) context.z = static_cast<const std::byte*>(operands.z) + offset * element;
    context.alpha = operands.alpha;
    return context;
  }

  const std::byte* base(const Operands& operands, const Reading& reading, std::int64_t group) const {
    const std::int64_t offset = gemm::plus(reading.origin, group * group_stride(problem_, reading.role));
    return gemm::element(static_cast<const std::byte*>(operands.get(reading.role)),
                         gemm::times(offset, static_cast<std::int64_t>(size_of(problem_.operand(reading.role).dtype))));
  }

  // Where the part of a phase is that is worked out as it is met.
  const Part<T>& part_at(std::int64_t index, std::optional<Part<T>>& met) const {
    const std::int64_t phase = index % phases_;
    return phase < kept_phases ? kept_[static_cast<std::size_t>(phase)] : met.emplace(part_of(phase));
  }

  // With where the operands of a group's phase are.
  gemm::Product<T> product_for(const Operands& operands, const Part<T>& part, std::int64_t index) const {
    const std::int64_t group = index / phases_;
    gemm::Product<T> product = part.product;
    const Contraction& c = part.contraction;
    gemm::Side &plain = gathered_is_lanes_ ? product.a : product.b,
               &gathered = gathered_is_lanes_ ? product.b : product.a;
    plain.base = base(operands, c.plain, group);
    gathered.base = base(operands, c.gathered, group);
    if (operands.prepared) plain.prepared = operands.prepared + prepared_offset(index);
    return product;
  }

  // Weights are prepared for one group after another, for one phase after another in each. Too many phases to keep are
  // too many to prepare for.
  void lay_out_prepared() {
    if (problem_.pass == Pass::WeightGrad || phases_ > kept_phases) return;
    Checked bytes = 0;
    for (Part<T>& part : kept_) {
      part.prepared_offset = whole_lines(bytes);
      bytes = bytes + static_cast<std::int64_t>(lines_of<T>(gemm::prepared_count(part.product, weights_kind())));
    }
    group_prepared_bytes_ = whole_lines(bytes);
    prepared_bytes_ = whole_lines(bytes * problem_.geometry.groups);
  }

  std::size_t prepared_offset(std::int64_t index) const {
    return static_cast<std::size_t>(index / phases_) * group_prepared_bytes_ +
           kept_[static_cast<std::size_t>(index % phases_)].prepared_offset;
  }

  // Sums may be made where they belong if they are stored as they are, and if nothing there is read before: z may be
  // the written operand itself.
  bool may_be_in_place() const {
    return !problem_.accumulate && size_of(problem_.written().dtype) == sizeof(T) * static_cast<std::size_t>(parts()) &&
           problem_.written().dtype == accumulator_of(problem_);
  }

  struct Task {
    std::int64_t product = 0, split = 0, tile = 0;
  };

  void run_task(const Operands& operands, const Task& task, T* dense, std::byte* scratch) const {
    std::optional<Part<T>> met;
    const Part<T>& part = part_at(task.product, met);
    const Tile tile = tile_of(part.product, task.split, task.tile);
    if (tile.rows <= 0 || tile.lanes <= 0) return;
    const gemm::Product<T> product = product_for(operands, part, task.product);
    const FinishContext context = finish_context(operands, part, task.product / phases_);
    const std::optional<gemm::Ending<T>> ending = ending_of<T>(context);
    gemm::Destination<T> to{.finish = &finish_tile<T>, .context = &context};
    if (blocking_.splits_in_turn) return run_splits(product, task, to, scratch);
    if (blocking_.splits > 1) {
      to.dense = dense_of(dense, task.product, task.split) + tile.row * dense_stride_ + tile.lane * parts();
      to.dense_stride = dense_stride_;
    } else if (may_be_in_place() &&
               !(problem_.epilogue.add && operands.z == operands.get(written_role(problem_.pass)))) {
      to.in_place = static_cast<T*>(context.written);
      to.finish_in_place = !problem_.epilogue.empty();
      to.ending = to.finish_in_place && ending ? &*ending : nullptr;
    }
    gemm::run_tile(product, tile, to, scratch);
  }

  // All splits of a tile, added in their order.
  void run_splits(const gemm::Product<T>& product, const Task& task, gemm::Destination<T> to,
                  std::byte* scratch) const {
    T* sum = reinterpret_cast<T*>(scratch);
    T* more = reinterpret_cast<T*>(scratch + turn_bytes());
    scratch += 2 * turn_bytes();
    to.dense_stride = turn_stride();
    Tile tile;
    for (std::int64_t split = 0; split < blocking_.splits; ++split) {
      tile = tile_of(product, split, task.tile);
      to.dense = split == 0 ? sum : more;
      gemm::run_tile(product, tile, to, scratch);
      if (split > 0) add_rows(sum, more, tile.rows, tile.lanes * parts(), to.dense_stride);
    }
    to.finish(to.context, tile, sum, to.dense_stride);
  }

  static void add_rows(T* sums, const T* more, std::int64_t rows, std::int64_t numbers, std::int64_t stride) {
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = 0; i < numbers; ++i) sums[row * stride + i] += more[row * stride + i];
  }

  Tile tile_of(const gemm::Product<T>& product, std::int64_t split, std::int64_t index) const {
    Tile tile{.row = index / lane_tiles_ * blocking_.tile.rows, .lane = index % lane_tiles_ * blocking_.tile.lanes};
    tile.rows = std::min(blocking_.tile.rows, product.rows.count() - tile.row);
    tile.lanes = std::min(blocking_.tile.lanes, product.lanes.count() - tile.lane);
    tile.depth = split * blocking_.split_depth;
    tile.depths = blocking_.splits == 1 ? product.a.depth.count()
                                        : std::min(blocking_.split_depth, product.a.depth.count() - tile.depth);
    return tile;
  }

  // Of one row of one group, in the order of the splits, whoever computed them.
  void add_splits(const Operands& operands, T* dense, std::int64_t task) const {
    const Part<T>& part = kept_[0];
    const std::int64_t lanes = part.product.lanes.count(), numbers = lanes * parts();
    const std::int64_t group = task / dense_rows_, row = task % dense_rows_;
    T* sum = dense_of(dense, group, 0) + row * dense_stride_;
    for (std::int64_t split = 1; split < blocking_.splits; ++split)
      add_rows(sum, dense_of(dense, group, split) + row * dense_stride_, 1, numbers, dense_stride_);
    const FinishContext context = finish_context(operands, part, group);
    finish_tile<T>(&context, {.row = row, .rows = 1, .lane = 0, .lanes = lanes}, sum, dense_stride_);
  }

  ConvProblem problem_;
  Words words_;
  int threads_;
  Phases phase_;
  std::int64_t phases_;
  bool gathered_is_lanes_ = true;
  Core core_;
  std::vector<Part<T>> kept_;
  std::vector<gemm::Stage> stages_;  // of kept_
  epilogue::StoreRows store_ = nullptr;
  Blocking blocking_;
  std::int64_t row_tiles_ = 0, lane_tiles_ = 1;
  std::int64_t dense_rows_ = 0, dense_stride_ = 0;
  std::size_t scratch_bytes_ = 0, dense_bytes_ = 0, workspace_bytes_ = 0;
  std::size_t group_prepared_bytes_ = 0, prepared_bytes_ = 0;
};

}  // namespace

namespace {

// Of the two ways to lay out the product the one that takes less time. Sums are the same.
template <class T>
std::shared_ptr<Plan> faster_plan(const ConvProblem& problem, const DeviceInfo& device, const Thrift& thrift) {
  auto plan = std::make_shared<GemmPlan<T>>(problem, device, thrift);
  if (!plan->may_be_rows()) return plan;
  auto other = std::make_shared<GemmPlan<T>>(problem, device, thrift, Words::single, true);
  return other->is_staged() && other->seconds() < plan->seconds() ? other : plan;
}

}  // namespace

std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device, const Thrift& thrift) {
  if (problem.epilogue.quantized) return make_quantized_plan(problem, device, thrift);
  switch (real_of(accumulator_of(problem))) {
    case DType::f64:
      return faster_plan<double>(problem, device, thrift);
    case DType::i32:
      return faster_plan<std::uint32_t>(problem, device, thrift);
    case DType::i64:
      return faster_plan<std::uint64_t>(problem, device, thrift);
    default:
      return faster_plan<float>(problem, device, thrift);
  }
}

std::shared_ptr<Plan> make_plan_of(Words words, const ConvProblem& problem, const DeviceInfo& device,
                                   const Thrift& thrift) {
  return std::make_shared<GemmPlan<std::uint32_t>>(problem, device, thrift, words);
}

}  // namespace faltung::cpu_gemm

#include <fmt/format.h>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/few/cost.h"
#include "engines/cpu/window/few/lanes.h"
#include "engines/cpu/window/few/tile.h"
#include "plan/worthwhile_threads.h"

namespace faltung::cpu_window {
namespace {

// Sums over positions, for each tap and few channel, and the many channels. They are summed in splits of the tiles,
// whose number depends on the shape only, and then over the splits.
class FewWeightPlan final : public Plan {
 public:
  FewWeightPlan(const ConvProblem& problem, const Few& few, const DeviceInfo& device)
      : problem_(problem),
        few_(few),
        few_stage_(problem.operand(few.few).dtype),
        many_stage_(problem.operand(few.many).dtype),
        lanes_(LaneBlocks::of(few.many_channels)),
        in_place_(problem.operand(few.many).dtype == DType::f32 && lanes_.are_whole()),
        tiling_(few_tiling(few, problem.geometry.batch, threads_of_tiles)),
        rows_(few_offsets(few, tiling_)) {
    rows_.resize(rows_.size() + broadcast::most_rows - 1, rows_.back());
    for (std::int64_t q = 0; q < positions_at_once(); ++q) terms_.push_back(q * few.axes[2].step * few.few_channels);
    const std::int64_t tiles = problem.geometry.batch * tiling_.tiles;
    splits_ = std::clamp<std::int64_t>(std::min(most_splits, most_sums / sums()), 1, tiles);
    const double seconds = few_weight_cycles(few_, lanes_, problem.geometry.batch, in_place_) / device.hertz;
    threads_ = worthwhile_threads(device.threads, seconds);
    const double share = std::min<double>(threads_, static_cast<double>(splits_));
    promise(Accuracy::reassociated, call_seconds + std::max(seconds / share, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return sums_bytes() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t footprint_bytes() const override {
    return sizeof(*this) + (rows_.size() + terms_.size()) * sizeof(rows_[0]);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    auto* sums = reinterpret_cast<float*>(workspace.data());
    parallel_phases(execution.at_most(threads_), {splits_, few_.taps()}, [&](int phase, std::int64_t task, int slot) {
      if (phase == 1) return store(operands, task, sums);
      std::byte* scratch = workspace.data() + sums_bytes() + static_cast<std::size_t>(slot) * scratch_bytes();
      sum(operands, task, sums + task * this->sums(), reinterpret_cast<float*>(scratch));
    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} splits of {} × {} positions a tile, {} taps, {} channels on the lanes",
                             splits_, tiling_.rows, tiling_.columns, few_.taps(), few_.many_channels));
  }

 private:
  static constexpr std::int64_t most_splits = 64, most_sums = 1 << 20, threads_of_tiles = 16, held_numbers = 4096;

  std::int64_t row_count() const { return few_.taps() * few_.few_channels; }
  std::int64_t sums() const { return row_count() * lanes_.padded(); }
  std::size_t sums_bytes() const { return static_cast<std::size_t>(whole_lines(splits_ * sums())) * sizeof(float); }
  // Positions that are multiplied together: their vectors of a block of lanes stay in the first cache.
  std::int64_t positions_at_once() const {
    const std::int64_t held = std::min(lanes_.padded(), broadcast::most_vectors * lanes_.lanes);
    return std::min(std::max<std::int64_t>(held_numbers / held, 16), tiling_.columns);
  }
  std::int64_t many_numbers() const { return in_place_ ? 0 : positions_at_once() * lanes_.padded(); }
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(whole_lines(tiling_.numbers) + whole_lines(tiling_.pitch) +
                                    whole_lines(many_numbers())) *
           sizeof(float);
  }

  void sum(const Operands& operands, std::int64_t split, float* sums, float* staged) const {
    float* line = staged + whole_lines(tiling_.numbers);
    float* many = line + whole_lines(tiling_.pitch);
    std::fill(sums, sums + this->sums(), 0.0F);
    std::fill(many, many + many_numbers(), 0.0F);  // beyond the last channel
    const std::int64_t tiles = problem_.geometry.batch * tiling_.tiles;
    for (std::int64_t index = tiles * split / splits_; index < tiles * (split + 1) / splits_; ++index) {
      const FewTile tile = few_tile_at(few_, tiling_, index);
      stage_few(problem_, few_, tiling_, few_stage_, operands, tile, staged, line);
      for (std::int64_t r = 0; r < tile.rows; ++r)
        for (std::int64_t q = 0; q < tile.columns; q += positions_at_once())
          add_positions(operands, tile, r, q, staged, many, sums);
    }
  }

  // Those of row r of a tile from column q on.
  void add_positions(const Operands& operands, const FewTile& tile, std::int64_t r, std::int64_t q, const float* staged,
                     float* held, float* sums) const {
    const std::int64_t count = std::min(positions_at_once(), tile.columns - q), stride = few_.axes[2].many_stride;
    const auto bytes = static_cast<std::int64_t>(size_of(problem_.operand(few_.many).dtype));
    const std::byte* many =
        many_row(problem_, few_, operands, tile.image, tile.outer, tile.row + r) + (tile.column + q) * stride * bytes;
    if (!in_place_)
      for (std::int64_t i = 0; i < count; ++i)
        many_stage_.copy(many + i * stride * bytes, 1, few_.many_channels, held + i * lanes_.padded());
    broadcast::Sums<float> call{.add = true};
    call.numbers = staged + r * few_.axes[1].step * tiling_.pitch + q * few_.axes[2].step * few_.few_channels;
    call.terms = terms_.data(), call.term_count = count;
    call.vector_stride = in_place_ ? stride : lanes_.padded(), call.to_stride = lanes_.padded();
    for (std::int64_t block = 0; block < lanes_.blocks; ++block) {
      const broadcast::Kernel<float>& kernel = lanes_.kernel(block);
      call.vectors = (in_place_ ? reinterpret_cast<const float*>(many) : held) + lanes_.begin(block);
      for (std::int64_t row = 0; row < row_count(); row += kernel.rows) {
        call.rows = rows_.data() + row, call.row_count = std::min<std::int64_t>(kernel.rows, row_count() - row);
        call.to = sums + row * lanes_.padded() + lanes_.begin(block);
        kernel.run(call);
      }
    }
  }

  // A tap's, after adding the splits in their order.
  void store(const Operands& operands, std::int64_t tap, float* all) const {
    const std::int64_t count = few_.few_channels * lanes_.padded();
    float* sums = all + tap * count;
    for (std::int64_t split = 1; split < splits_; ++split)
      for (std::int64_t i = 0; i < count; ++i) sums[i] += sums[split * this->sums() + i];
    visit(problem_.w.dtype, [&]<class Out>(ElementType<Out>) {
      if constexpr (std::is_floating_point_v<Out> || is_sixteen_bit_float<Out>)
        for_each_few_tap(few_, [&](std::int64_t t, std::int64_t offset) {
          if (t == tap) write(static_cast<Out*>(operands.w) + offset, sums);
        });
    });
  }

  template <class Out>
  void write(Out* w, const float* sums) const {
    for (std::int64_t c = 0; c < few_.few_channels; ++c, sums += lanes_.padded())
      for (std::int64_t k = 0; k < few_.many_channels; ++k) {
        Out& to = w[c * few_.weight_few + k * few_.weight_many];
        to = convert<Out>(problem_.accumulate ? convert<float>(to) + sums[k] : sums[k]);
      }
  }

  ConvProblem problem_;
  Few few_;
  Stage<float> few_stage_, many_stage_;
  LaneBlocks lanes_;
  bool in_place_;
  FewTiling tiling_;
  std::vector<std::int64_t> rows_, terms_;
  std::int64_t splits_ = 1;
  int threads_ = 1;
};

}  // namespace

std::shared_ptr<Plan> make_few_weight_plan(const ConvProblem& problem, const Few& few, const DeviceInfo& device) {
  return std::make_shared<FewWeightPlan>(problem, few, device);
}

}  // namespace faltung::cpu_window

#include <fmt/format.h>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/few/cost.h"
#include "engines/cpu/window/few/lanes.h"
#include "engines/cpu/window/few/tile.h"
#include "kernels/epilogue/store_rows.h"
#include "plan/worthwhile_threads.h"

namespace faltung::cpu_window {
namespace {

bool ends_in_registers(const ConvProblem& problem) {
  const Epilogue& e = problem.epilogue;
  const bool activated = e.activation == Activation::none || e.activation == Activation::relu;
  return activated && !e.add && !problem.accumulate && problem.written().dtype == DType::f32;
}

// Sums over taps and few channels, for each position and its many channels.
class FewGatherPlan final : public Plan {
 public:
  FewGatherPlan(const ConvProblem& problem, const Few& few, const DeviceInfo& device)
      : problem_(problem),
        few_(few),
        stage_(problem.operand(few.few).dtype),
        lanes_(LaneBlocks::of(few.many_channels)),
        store_(epilogue::store_rows_for(DType::f32, problem.written().dtype)),
        in_place_(ends_in_registers(problem) && lanes_.are_whole()) {
    const double seconds = few_gather_cycles(few_, lanes_, problem.geometry.batch, in_place_) / device.hertz;
    threads_ = worthwhile_threads(device.threads, seconds);
    tiling_ = few_tiling(few_, problem.geometry.batch, threads_);
    terms_ = few_offsets(few_, tiling_);
    tasks_ = problem.geometry.batch * tiling_.tiles;
    const double share = std::min<double>(threads_, static_cast<double>(tasks_));
    promise(Accuracy::reassociated, call_seconds + std::max(seconds / share, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return prepared_bytes() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t prepared_bytes() const override {
    return static_cast<std::size_t>(lanes_.padded() * term_count()) * sizeof(float);
  }
  std::size_t footprint_bytes() const override { return sizeof(*this) + terms_.size() * sizeof(terms_[0]); }

  void prepare(const void* w, std::byte* prepared, const Execution&) const override {
    for (std::int64_t block = 0; block < lanes_.blocks; ++block) pack(w, block, reinterpret_cast<float*>(prepared));
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    auto* packed = reinterpret_cast<float*>(workspace.data());
    const auto* weights = operands.prepared ? reinterpret_cast<const float*>(operands.prepared) : packed;
    const std::int64_t packing = operands.prepared ? 0 : lanes_.blocks;
    parallel_phases(execution.at_most(threads_), {packing, tasks_}, [&](int phase, std::int64_t task, int slot) {
      if (phase == 0) return pack(operands.w, task, packed);
      std::byte* scratch = workspace.data() + prepared_bytes() + static_cast<std::size_t>(slot) * scratch_bytes();
      run_tile(operands, weights, few_tile_at(few_, tiling_, task), reinterpret_cast<float*>(scratch));
    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} of {} × {} positions, {} taps, {} channels on the lanes", tasks_,
                             tiling_.rows, tiling_.columns, few_.taps(), few_.many_channels));
  }

 private:
  std::int64_t term_count() const { return static_cast<std::int64_t>(terms_.size()); }
  // Positions whose sums are in scratch together.
  std::int64_t positions_at_once() const {
    return in_place_ ? tiling_.columns : std::max<std::int64_t>(scratch_sums / lanes_.padded(), broadcast::most_rows);
  }
  std::int64_t sums() const { return in_place_ ? 0 : positions_at_once() * lanes_.padded(); }
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(whole_lines(tiling_.numbers) + whole_lines(tiling_.pitch) + whole_lines(sums())) *
           sizeof(float);
  }

  // Term by term, zeros beyond the last channel.
  void pack(const void* w, std::int64_t block, float* packed) const {
    const std::int64_t width = lanes_.width(block), first = lanes_.begin(block);
    const std::int64_t end = std::min(first + width, few_.many_channels);
    float* to = packed + first * term_count();
    visit(problem_.w.dtype, [&]<class From>(ElementType<From>) {
      if constexpr (!is_complex_type<From>)
        for_each_few_tap(few_, [&](std::int64_t, std::int64_t offset) {
          for (std::int64_t c = 0; c < few_.few_channels; ++c, to += width) {
            const From* from = static_cast<const From*>(w) + offset + c * few_.weight_few;
            for (std::int64_t k = first; k < end; ++k) to[k - first] = convert<float>(from[k * few_.weight_many]);
            std::fill(to + (end - first), to + width, 0.0F);
          }
        });
    });
  }

  void run_tile(const Operands& operands, const float* weights, const FewTile& tile, float* staged) const {
    float* line = staged + whole_lines(tiling_.numbers);
    float* sums = line + whole_lines(tiling_.pitch);
    stage_few(problem_, few_, tiling_, stage_, operands, tile, staged, line);
    for (std::int64_t r = 0; r < tile.rows; ++r)
      for (std::int64_t q = 0; q < tile.columns; q += positions_at_once())
        run_positions(operands, weights, tile, r, q, staged, sums);
  }

  // Those of row r of a tile from column q on.
  void run_positions(const Operands& operands, const float* weights, const FewTile& tile, std::int64_t r,
                     std::int64_t q, const float* staged, float* sums) const {
    const std::int64_t stride = few_.axes[2].many_stride, step = few_.axes[2].step * few_.few_channels;
    const std::int64_t count = std::min(positions_at_once(), tile.columns - q);
    std::byte* written = many_row(problem_, few_, operands, tile.image, tile.outer, tile.row + r) +
                         (tile.column + q) * stride * static_cast<std::int64_t>(size_of(problem_.written().dtype));
    float* to = in_place_ ? reinterpret_cast<float*>(written) : sums;
    broadcast::Sums<float> call{.numbers = staged + r * few_.axes[1].step * tiling_.pitch + q * step};
    call.terms = terms_.data(), call.term_count = term_count();
    call.to_stride = in_place_ ? stride : lanes_.padded();
    call.relu = in_place_ && problem_.epilogue.activation == Activation::relu;
    for (std::int64_t block = 0; block < lanes_.blocks; ++block) {
      call.vectors = weights + lanes_.begin(block) * term_count(), call.vector_stride = lanes_.width(block);
      call.to = to + lanes_.begin(block);
      if (in_place_ && problem_.epilogue.bias)
        call.bias = static_cast<const float*>(operands.bias) + lanes_.begin(block);
      sum_rows(lanes_.kernel(block), call, count, step);
    }
    if (!in_place_) store(operands, sums, count, written);
  }

  void store(const Operands& operands, const float* sums, std::int64_t count, std::byte* to) const {
    epilogue::Rows rows{.rows = count,
                        .count = few_.many_channels,
                        .sums = sums,
                        .sums_stride = lanes_.padded(),
                        .to = to,
                        .to_stride = few_.axes[2].many_stride,
                        .bias = operands.bias,
                        .bias_step = 1,
                        .alpha = operands.alpha,
                        .accumulate = problem_.accumulate,
                        .activation = problem_.epilogue.activation};
    if (problem_.epilogue.add)
      rows.z =
          static_cast<const std::byte*>(operands.z) + (to - static_cast<const std::byte*>(operands.get(few_.many)));
    if (!problem_.epilogue.bias) rows.bias = nullptr;
    store_(rows);
  }

  static constexpr std::int64_t scratch_sums = 4096;

  ConvProblem problem_;
  Few few_;
  Stage<float> stage_;
  LaneBlocks lanes_;
  epilogue::StoreRows store_;
  bool in_place_;
  int threads_ = 1;
  FewTiling tiling_;
  std::vector<std::int64_t> terms_;
  std::int64_t tasks_ = 0;
};

}  // namespace

std::shared_ptr<Plan> make_few_gather_plan(const ConvProblem& problem, const Few& few, const DeviceInfo& device) {
  return std::make_shared<FewGatherPlan>(problem, few, device);
}

}  // namespace faltung::cpu_window

#include <fmt/format.h>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/few/cost.h"
#include "engines/cpu/window/few/lanes.h"
#include "engines/cpu/window/few/scatter.h"
#include "engines/cpu/window/few/tile.h"
#include "plan/worthwhile_threads.h"

namespace faltung::cpu_window {
namespace {

// Sums over many channels, for each position and each tap and few channel that it meets, then added to the few operand.
class FewScatterPlan final : public Plan {
 public:
  FewScatterPlan(const ConvProblem& problem, const Few& few, const DeviceInfo& device)
      : problem_(problem),
        few_(few),
        stage_(problem.operand(few.many).dtype),
        lanes_(LaneBlocks::of(few.inner_taps() * few.few_channels)),
        store_(problem_, few_),
        in_place_(problem.operand(few.many).dtype == DType::f32) {
    const double seconds = few_scatter_cycles(few_, lanes_, problem.geometry.batch, in_place_) / device.hertz;
    threads_ = worthwhile_threads(device.threads, seconds);
    tiling_ = scatter_tiling(few_, problem.geometry.batch, threads_);
    tasks_ = problem.geometry.batch * tiling_.tiles;
    for (std::int64_t k = 0; k < few.many_channels; ++k) terms_.push_back(k);
    const double share = std::min<double>(threads_, static_cast<double>(tasks_));
    promise(Accuracy::reassociated, call_seconds + std::max(seconds / share, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return prepared_bytes() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t prepared_bytes() const override {
    return static_cast<std::size_t>(few_.axes[0].taps * plane_weights()) * sizeof(float);
  }
  std::size_t footprint_bytes() const override { return sizeof(*this) + terms_.size() * sizeof(terms_[0]); }

  void prepare(const void* w, std::byte* prepared, const Execution&) const override {
    for (std::int64_t o = 0; o < few_.axes[0].taps; ++o) pack(w, o, reinterpret_cast<float*>(prepared));
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    auto* packed = reinterpret_cast<float*>(workspace.data());
    const auto* weights = operands.prepared ? reinterpret_cast<const float*>(operands.prepared) : packed;
    const std::int64_t packing = operands.prepared ? 0 : few_.axes[0].taps;
    parallel_phases(execution.at_most(threads_), {packing, tasks_}, [&](int phase, std::int64_t task, int slot) {
      if (phase == 0) return pack(operands.w, task, packed);
      std::byte* scratch = workspace.data() + prepared_bytes() + static_cast<std::size_t>(slot) * scratch_bytes();
      run_tile(operands, weights, scatter_tile_at(few_, tiling_, task), reinterpret_cast<float*>(scratch));
    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} of {} × {} results, {} taps on the lanes, sums of {} channels", tasks_,
                             tiling_.rows, tiling_.columns, few_.taps(), few_.many_channels));
  }

 private:
  static constexpr std::int64_t held_sums = 4096;

  // Of a tap of the outermost axis.
  std::int64_t plane_weights() const { return few_.many_channels * lanes_.padded(); }
  std::int64_t positions_at_once() const {
    return ceil_div(std::max<std::int64_t>(held_sums / lanes_.padded(), 1), broadcast::most_rows) *
           broadcast::most_rows;
  }
  std::int64_t many_numbers() const { return in_place_ ? 0 : positions_at_once() * few_.many_channels; }
  std::size_t scratch_bytes() const {
    const std::int64_t products = positions_at_once() * lanes_.padded();
    return static_cast<std::size_t>(whole_lines(tiling_.numbers) + whole_lines(tiling_.pitch) + whole_lines(products) +
                                    whole_lines(many_numbers())) *
           sizeof(float);
  }

  // Channel by channel for each block of lanes: the inner taps with their few channels, then zeros.
  void pack(const void* w, std::int64_t outer, float* packed) const {
    float* const plane = packed + outer * plane_weights();
    std::fill(plane, plane + plane_weights(), 0.0F);
    visit(problem_.w.dtype, [&]<class From>(ElementType<From>) {
      if constexpr (!is_complex_type<From>)
        for_each_few_tap(few_, [&](std::int64_t t, std::int64_t offset) {
          if (t / few_.inner_taps() == outer)
            pack_tap(static_cast<const From*>(w) + offset, t % few_.inner_taps() * few_.few_channels, plane);
        });
    });
  }

  template <class From>
  void pack_tap(const From* w, std::int64_t first, float* plane) const {
    std::int64_t block = 0;
    for (std::int64_t c = 0; c < few_.few_channels; ++c) {
      while (lanes_.begin(block + 1) <= first + c) ++block;
      float* to = plane + lanes_.begin(block) * few_.many_channels + first + c - lanes_.begin(block);
      for (std::int64_t k = 0; k < few_.many_channels; ++k)
        to[k * lanes_.width(block)] = convert<float>(w[c * few_.weight_few + k * few_.weight_many]);
    }
  }

  void run_tile(const Operands& operands, const float* weights, const FewTile& tile, float* sums) const {
    float* line = sums + whole_lines(tiling_.numbers);
    float* products = line + whole_lines(tiling_.pitch);
    float* many = products + whole_lines(positions_at_once() * lanes_.padded());
    std::fill(sums, sums + tiling_.numbers, 0.0F);
    const Met rows = met_by(few_.axes[1], tile.row, tile.rows),
              columns = met_by(few_.axes[2], tile.column, tile.columns);
    for (std::int64_t o = 0; o < few_.axes[0].taps; ++o) {
      const auto outer = position_at(few_.axes[0], tile.outer, o);
      if (!outer) continue;
      for (std::int64_t m = rows.begin; m < rows.end; ++m)
        for (std::int64_t q = columns.begin; q < columns.end; q += positions_at_once()) {
          const std::int64_t count = std::min(positions_at_once(), columns.end - q);
          const std::byte* from = many_row(problem_, few_, operands, tile.image, *outer, m);
          multiply(from, q, count, weights + o * plane_weights(), products, many);
          add(tile, m, q, count, products, sums);
        }
    }
    store_(operands, tiling_, tile, sums, line);
  }

  void multiply(const std::byte* row, std::int64_t q, std::int64_t count, const float* weights, float* products,
                float* held) const {
    const std::int64_t stride = few_.axes[2].many_stride;
    const auto bytes = static_cast<std::int64_t>(size_of(problem_.operand(few_.many).dtype));
    if (!in_place_)
      for (std::int64_t i = 0; i < count; ++i)
        stage_.copy(row + (q + i) * stride * bytes, 1, few_.many_channels, held + i * few_.many_channels);
    broadcast::Sums<float> call{.terms = terms_.data(), .term_count = few_.many_channels};
    call.numbers = in_place_ ? reinterpret_cast<const float*>(row) + q * stride : held;
    call.to_stride = lanes_.padded();
    for (std::int64_t block = 0; block < lanes_.blocks; ++block) {
      call.vectors = weights + lanes_.begin(block) * few_.many_channels, call.vector_stride = lanes_.width(block);
      call.to = products + lanes_.begin(block);
      sum_rows(lanes_.kernel(block), call, count, in_place_ ? stride : few_.many_channels);
    }
  }

  // To the results that the positions meet: neighbours in memory along a row of taps without dilation.
  void add(const FewTile& tile, std::int64_t m, std::int64_t q, std::int64_t count, const float* products,
           float* sums) const {
    const auto& [outer, row, column] = few_.axes;
    const std::int64_t channels = few_.few_channels, runs = column.tap_step == 1 ? 1 : column.taps;
    const std::int64_t run = column.taps / runs * channels, padded = lanes_.padded();
    float* first = sums + (row.first + m * row.step - (tile.row - row.reach())) * tiling_.pitch +
                   (column.first + q * column.step - (tile.column - column.reach())) * channels;
    for (std::int64_t i = 0; i < count; ++i, first += column.step * channels, products += padded) {
      const float* from = products;
      for (std::int64_t r = 0; r < row.taps; ++r)
        for (std::int64_t s = 0; s < runs; ++s, from += run) {
          float* to = first + r * row.tap_step * tiling_.pitch + s * column.tap_step * channels;
          for (std::int64_t j = 0; j < run; ++j) to[j] += from[j];
        }
    }
  }

  ConvProblem problem_;
  Few few_;
  Stage<float> stage_;
  LaneBlocks lanes_;
  ScatterStore store_;
  bool in_place_;
  int threads_ = 1;
  FewTiling tiling_;
  std::vector<std::int64_t> terms_;
  std::int64_t tasks_ = 0;
};

}  // namespace

std::shared_ptr<Plan> make_few_scatter_plan(const ConvProblem& problem, const Few& few, const DeviceInfo& device) {
  return std::make_shared<FewScatterPlan>(problem, few, device);
}

}  // namespace faltung::cpu_window

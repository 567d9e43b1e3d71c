#include "engines/cpu/fft/plan.h"

#include <fmt/format.h>

#include "base/parallel_for.h"
#include "compose/composite_plan.h"
#include "engines/cpu/fft/cost.h"
#include "engines/cpu/fft/schedule.h"
#include "engines/cpu/fft/stages.h"
#include "kernels/gemm/scratch.h"
#include "problem/geometry.h"

namespace faltung::cpu_fft {
namespace {

template <class T>
class FftPlan final : public Plan {
 public:
  FftPlan(const ConvProblem& problem, const DeviceInfo& device, const Lengths& lengths)
      : problem_(problem),
        correlation_(correlation_of(problem_)),
        cut_(cut_of(correlation_, problem.geometry.batch, lengths)),
        block_(block_of(problem_, correlation_, cut_, fft::fft_kernels<T>().lanes, sizeof(T), device)),
        stages_(problem_, correlation_, cut_, block_) {
    const Estimated estimated = estimate(problem_, correlation_, cut_, device);
    threads_ = estimated.threads;
    schedule_ = schedule_of(block_, sizeof(T), stages_.scratch_numbers(), threads_);
    promise(accuracy_of(lengths), estimated.seconds);
  }

  std::size_t workspace_bytes() const override { return schedule_.workspace_bytes(threads_); }
  std::size_t prepared_bytes() const override { return schedule_.prepared_bytes; }

  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    Operands operands{};
    operands.w = const_cast<void*>(w);
    parallel_for(execution.at_most(threads_), block_.weight_blocks(), [&](std::int64_t index) {
      const Part part = part_of(index);
      const Tensor scratch = Tensor::empty({stages_.scratch_numbers()}, dtype);
      const Spectra spectra{.b = prepared_weights(prepared, index)};
      for (std::int64_t task = 0; task < stages_.tasks(Stage::weights, part); ++task)
        stages_.run(Stage::weights, operands, part, spectra, task, scratch.as<T>());
    });
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    const Execution threads = execution.at_most(threads_);
    if (schedule_.alone)
      return parallel_for(threads, block_.weight_blocks(), [&](std::int64_t index, int slot) {
        std::byte* own =
            workspace.data() + static_cast<std::size_t>(slot) * (schedule_.scratch_bytes + schedule_.block_bytes());
        run_block(operands, index, spectra_of(own + schedule_.scratch_bytes),
                  [&](Stage stage, const Part& part, const Spectra& spectra) {
                    for (std::int64_t task = 0; task < stages_.tasks(stage, part); ++task)
                      stages_.run(stage, operands, part, spectra, task, reinterpret_cast<T*>(own));
                  });
      });
    const Spectra shared = spectra_of(workspace.data() + static_cast<std::size_t>(threads_) * schedule_.scratch_bytes);
    for (std::int64_t index = 0; index < block_.weight_blocks(); ++index)
      run_block(operands, index, shared, [&](Stage stage, const Part& part, const Spectra& spectra) {
        parallel_for(threads, stages_.tasks(stage, part), [&](std::int64_t task, int slot) {
          std::byte* own = workspace.data() + static_cast<std::size_t>(slot) * schedule_.scratch_bytes;
          stages_.run(stage, operands, part, spectra, task, reinterpret_cast<T*>(own));
        });
      });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.fft: transforms of {}, {} tiles, {} blocks of weights, {} tiles at a time, {}",
                             name_of(problem_, {cut_.axes[0].length, cut_.axes[1].length, cut_.axes[2].length}),
                             block_.all_tiles, block_.weight_blocks(), block_.tiles,
                             schedule_.alone ? "blocks side by side" : "block by block"));
  }
  std::size_t footprint_bytes() const override { return sizeof(*this) + stages_.bytes(); }

 private:
  using Stage = typename Stages<T>::Stage;
  using Spectra = typename Stages<T>::Spectra;
  static constexpr DType dtype = std::is_same_v<T, double> ? DType::f64 : DType::f32;

  Part part_of(std::int64_t index) const {
    Part part{.group = index / block_.written_blocks() * block_.groups};
    part.written = index % block_.written_blocks() * block_.written;
    part.groups = std::min(block_.groups, block_.all_groups - part.group);
    part.written_count = std::min(block_.written, block_.all_written - part.written);
    return part;
  }

  Spectra spectra_of(std::byte* memory) const {
    return {.a = reinterpret_cast<T*>(memory),
            .c = reinterpret_cast<T*>(memory + schedule_.a_bytes),
            .b = reinterpret_cast<T*>(memory + schedule_.a_bytes + schedule_.c_bytes)};
  }
  template <class Byte>
  auto prepared_weights(Byte* prepared, std::int64_t index) const {
    using Number = std::conditional_t<std::is_const_v<Byte>, const T, T>;
    return reinterpret_cast<Number*>(prepared + static_cast<std::size_t>(index) * schedule_.b_bytes);
  }

  // All tiles for some weights. run_stage(stage, part, spectra) does all of its tasks.
  template <class RunStage>
  void run_block(const Operands& operands, std::int64_t index, Spectra spectra, RunStage&& run_stage) const {
    Part part = part_of(index);
    spectra.weights = spectra.b;
    if (operands.prepared)
      spectra.weights = prepared_weights(operands.prepared, index);
    else if (!block_.gradient)
      run_stage(Stage::weights, part, spectra);
    for (; part.tile < block_.all_tiles; part.tile += block_.tiles) {
      part.tiles = std::min(block_.tiles, block_.all_tiles - part.tile);
      run_stage(Stage::source, part, spectra);
      if (block_.gradient) run_stage(Stage::gradient, part, spectra);
      spectra.add = block_.gradient && part.tile > 0;
      run_stage(Stage::products, part, spectra);
      if (!block_.gradient) run_stage(Stage::results, part, spectra);
    }
    part.tile = 0;
    if (block_.gradient) run_stage(Stage::results, part, spectra);
  }

  ConvProblem problem_;
  Correlation correlation_;
  Cut cut_;
  Block block_;
  Stages<T> stages_;
  int threads_ = 1;
  Schedule schedule_;
};

}  // namespace

std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device, const Lengths& lengths) {
  if (accumulator_of(problem) == DType::f64) return std::make_shared<FftPlan<double>>(problem, device, lengths);
  return std::make_shared<FftPlan<float>>(problem, device, lengths);
}

}  // namespace faltung::cpu_fft

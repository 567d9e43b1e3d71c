#include "engines/cpu/gemm/quantized_depthwise.h"

#include <vector>

#include "base/parallel_for.h"
#include "compose/composite_plan.h"
#include "engines/cpu/gemm/staging.h"
#include "kernels/epilogue/store_rows.h"
#include "kernels/window/quantized_channels.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"
#include "problem/roles.h"

namespace faltung::cpu_gemm {
namespace {

// The groups as channels of one, for the copy of x.
ConvProblem as_one_group(const ConvProblem& problem) {
  ConvProblem joined = problem;
  joined.geometry.groups = 1;
  joined.geometry.in_channels = problem.geometry.groups;
  std::swap(joined.x.strides[group_axis], joined.x.strides[channel_axis]);
  return joined;
}

class DepthwisePlan final : public Plan {
 public:
  DepthwisePlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        channels_(problem.geometry.groups),
        staging_(as_one_group(problem), Words::pairs),
        store_(epilogue::store_quantized_rows_for(problem.y.dtype)),
        sum_(window::sum_taps_of_channels()) {
    set_taps();
    x_bytes_ = whole_lines(staging_.x_bytes());
    w_bytes_ = whole_lines(Checked(channels_) * static_cast<std::int64_t>(offsets_.size()) * 2);
    sums_bytes_ = whole_lines(Checked(channels_) * 4);
    constexpr double cycles_of_product = 0.12, cycles_of_number = 0.5;
    const auto outputs = static_cast<double>(numel_of(problem.geometry, Role::y));
    const double cycles = outputs * (cycles_of_product * static_cast<double>(offsets_.size()) + cycles_of_number);
    threads_ = worthwhile_threads(device.threads, cycles / device.hertz);
    promise(Accuracy::reassociated, 1e-6 + (cycles / threads_ + static_cast<double>(x_bytes_)) / device.hertz);
  }

  std::size_t workspace_bytes() const override {
    return x_bytes_ + w_bytes_ + sums_bytes_ * static_cast<std::size_t>(threads_);
  }
  std::size_t prepared_bytes() const override { return problem_.epilogue.weight_zeros ? 0 : w_bytes_; }

  void prepare(const void* w, std::byte* prepared, const Execution&) const override {
    if (prepared_bytes() > 0) copy_w(w, nullptr, prepared);
  }

  // A task is a row of outputs, of all channels.
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    if (numel_of(problem_.geometry, Role::y) == 0) return;
    std::byte* const w = workspace.data() + x_bytes_;
    staging_.copy_x(operands, workspace.data(), execution.at_most(threads_));
    if (!operands.prepared) copy_w(operands.w, operands.quantization->w_zero, w);
    const std::byte* const weights = operands.prepared ? operands.prepared : w;
    parallel_for(execution.at_most(threads_), rows(), [&](std::int64_t task, int slot) {
      std::byte* const sums = w + w_bytes_ + static_cast<std::size_t>(slot) * sums_bytes_;
      run_row(operands, reinterpret_cast<const std::int16_t*>(workspace.data()),
              reinterpret_cast<const std::int16_t*>(weights), task, reinterpret_cast<std::int32_t*>(sums));
    });
  }

  void outline(Outline& outline) const override {
    outline.line("cpu.gemm: quantised, each channel by its taps, x copied with its padding");
  }
  std::size_t footprint_bytes() const override { return sizeof(*this) + offsets_.size() * sizeof(std::int64_t); }

 private:
  const Geometry& copied() const { return staging_.part().geometry; }
  std::int64_t position_step() const { return copied().in_channels * 2; }

  // In numbers of the copy, from an output's first tap.
  void set_taps() {
    offsets_.assign(1, 0);
    std::int64_t step = position_step();
    std::array<std::int64_t, max_spatial> steps{};
    for (int a = copied().rank; a-- > 0; step *= copied().axes[static_cast<std::size_t>(a)].in)
      steps[static_cast<std::size_t>(a)] = step;
    for (int a = 0; a < copied().rank; ++a) {
      const Axis& axis = copied().axes[static_cast<std::size_t>(a)];
      std::vector<std::int64_t> more;
      for (const std::int64_t offset : offsets_)
        for (std::int64_t r = 0; r < axis.filter; ++r)
          more.push_back(offset + r * axis.dilation * steps[static_cast<std::size_t>(a)]);
      offsets_ = std::move(more);
    }
    steps_ = steps;
    image_ = step;
  }

  // Taps outermost, as offsets_ has them.
  void copy_w(const void* w, const std::int32_t* zeros, std::byte* to) const {
    const Geometry& g = problem_.geometry;
    auto* numbers = reinterpret_cast<std::int16_t*>(to);
    const bool is_signed = problem_.w.dtype == DType::i8;
    for (std::int64_t tap = 0; tap < static_cast<std::int64_t>(offsets_.size()); ++tap) {
      std::int64_t index = tap, offset = 0;
      for (int a = g.rank; a-- > 0; index /= g.axes[static_cast<std::size_t>(a)].filter)
        offset += index % g.axes[static_cast<std::size_t>(a)].filter * problem_.w.strides[3 + a];
      for (std::int64_t c = 0; c < channels_; ++c) {
        const std::int64_t at = offset + c * problem_.w.strides[0];
        const int value = is_signed ? static_cast<const std::int8_t*>(w)[at] : static_cast<const std::uint8_t*>(w)[at];
        *numbers++ = static_cast<std::int16_t>(value - (zeros ? zeros[c] : 0));
      }
    }
  }

  std::int64_t rows() const {
    const Geometry& g = problem_.geometry;
    std::int64_t rows = g.batch;
    for (int a = 0; a + 1 < g.rank; ++a) rows *= g.axes[static_cast<std::size_t>(a)].out;
    return rows;
  }

  void run_row(const Operands& operands, const std::int16_t* x, const std::int16_t* w, std::int64_t row,
               std::int32_t* sums) const {
    const Geometry& g = problem_.geometry;
    const Dims& to = problem_.y.strides;
    const auto last = static_cast<std::size_t>(g.rank - 1);
    std::int64_t index = row, from = 0, written = 0;
    for (std::size_t a = last; a-- > 0; index /= g.axes[a].out) {
      const std::int64_t o = index % g.axes[a].out;
      from += o * g.axes[a].stride * steps_[a];
      written += o * to[3 + static_cast<int>(a)];
    }
    from += index * image_, written += index * to[batch_axis];
    epilogue::Rows rows{.count = channels_, .sums = sums, .to_step = channels_ == 1 ? 1 : to[group_axis]};
    rows.bias = problem_.epilogue.bias ? operands.bias : nullptr, rows.bias_step = 1;
    rows.scale = operands.quantization->scale, rows.zero = operands.quantization->y_zero;
    rows.activation = problem_.epilogue.activation;
    const auto bytes = static_cast<std::int64_t>(size_of(problem_.y.dtype));
    for (std::int64_t o = 0; o < g.axes[last].out; ++o) {
      sum_({x + from + o * g.axes[last].stride * position_step(), offsets_.data(), w,
            static_cast<std::int64_t>(offsets_.size()), channels_},
           sums);
      rows.to = static_cast<std::byte*>(operands.y) + (written + o * to[3 + g.rank - 1]) * bytes;
      store_(rows);
    }
  }

  ConvProblem problem_;
  std::int64_t channels_;
  Staging staging_;
  epilogue::StoreRows store_;
  window::SumTapsOfChannels sum_;
  std::vector<std::int64_t> offsets_;              // of taps
  std::array<std::int64_t, max_spatial> steps_{};  // of the copy's axes
  std::int64_t image_ = 0;                         // and of its images
  std::size_t x_bytes_ = 0, w_bytes_ = 0, sums_bytes_ = 0;
  int threads_ = 1;
};

}  // namespace

bool is_depthwise(const ConvProblem& p) noexcept {
  constexpr std::int64_t most_taps = 4096;  // of which a plan keeps a list
  const Geometry& g = p.geometry;
  std::int64_t taps = 1;
  for (int a = 0; a < g.rank && taps <= most_taps; ++a) taps *= g.axes[static_cast<std::size_t>(a)].filter;
  return taps <= most_taps && g.groups > 1 && g.in_channels == 1 && g.out_channels == 1;
}

std::shared_ptr<Plan> make_depthwise_plan(const ConvProblem& problem, const DeviceInfo& device) {
  return std::make_shared<DepthwisePlan>(problem, device);
}

}  // namespace faltung::cpu_gemm

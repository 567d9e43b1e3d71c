#include "bench_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "command.h"
#include "json/json.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double round_seconds = 0.02;
constexpr int rounds = 5;

struct Case {
  DType dtype;
  Dims sizes;
  MemoryFormat from, to;
};

struct Row {
  Case what;
  double bytes_per_second = 0;  // read and written
};

const char* name_of(MemoryFormat format) { return format == MemoryFormat::contiguous ? "nchw" : "nhwc"; }

double bytes_of(const Case& what) {
  double bytes = 2.0 * static_cast<double>(size_of(what.dtype));
  for (std::int64_t extent : what.sizes) bytes *= static_cast<double>(extent);
  return bytes;
}

// Copies are only ordered on a device's stream; an element that arrived here says that those before it are done.
class Copies {
 public:
  Copies(const Case& what, Device device)
      : source_(Tensor::zeros(what.sizes, what.dtype, what.from, device)),
        target_(Tensor::empty(what.sizes, what.dtype, what.to, device)) {}

  double seconds(int copies) {
    wait();
    const auto start = Clock::now();
    for (int i = 0; i < copies; ++i) copy(source_, target_);
    wait();
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

 private:
  void wait() {
    TensorView element = target_;
    for (int axis = 0; axis < element.rank(); ++axis) element = element.narrow(axis, 0, 1);
    const Tensor here = Tensor::empty(element.sizes, element.dtype);
    copy(element, here);
  }
  Tensor source_, target_;
};

Row measure(const Case& what, Device device) {
  Copies copies(what, device);
  copies.seconds(1);
  const int count = std::clamp(static_cast<int>(round_seconds / copies.seconds(1)), 1, 1000);
  double least = copies.seconds(count);
  for (int i = 1; i < rounds; ++i) least = std::min(least, copies.seconds(count));
  return {what, bytes_of(what) * count / least};
}

std::vector<Row> measure_all(Device device) {
  using enum MemoryFormat;
  const bool small = device.type == DeviceType::cpu;
  std::vector<Case> cases;
  for (DType dtype : {DType::f32, DType::bf16, DType::f64}) {
    for (const Dims& sizes : {Dims{small ? 2 : 32, 128, 112, 112}, Dims{small ? 2 : 128, 3, 224, 224}}) {
      cases.push_back({dtype, sizes, contiguous, contiguous});
      cases.push_back({dtype, sizes, contiguous, channels_last});
      cases.push_back({dtype, sizes, channels_last, contiguous});
    }
  }
  std::vector<Row> rows;
  for (const Case& what : cases) rows.push_back(measure(what, device));
  return rows;
}

std::string sizes_text(const Dims& sizes) { return fmt::format("{}x{}x{}x{}", sizes[0], sizes[1], sizes[2], sizes[3]); }

}  // namespace

int bench_copy(Device device, bool json) {
  const std::vector<Row> rows = measure_all(device);
  Table table({"type", "sizes", "from", "to", ">GB/s", ">of a copy"});
  double plain = 0;  // of the same type and sizes, the case before
  for (const Row& row : rows) {
    const auto& [dtype, sizes, from, to] = row.what;
    if (from == to) plain = row.bytes_per_second;
    const double share = row.bytes_per_second / plain;
    if (json) {
      const Json line = {{"dtype", faltung::name_of(dtype)},
                         {"sizes", sizes_text(sizes)},
                         {"from", name_of(from)},
                         {"to", name_of(to)},
                         {"bytes_per_second", row.bytes_per_second},
                         {"copy_share", share}};
      print_result("{}\n", line.dump());
    } else {
      table.row({std::string(faltung::name_of(dtype)), sizes_text(sizes), name_of(from), name_of(to),
                 fmt::format("{:.1f}", 1e-9 * row.bytes_per_second), fmt::format("{:.0f} %", 100 * share)});
    }
  }
  if (!json) table.print();
  return ok;
}

}  // namespace faltung::cli

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "device/cpu/composites.h"
#include "kernels/epilogue/store_rows.h"
#include "problem/geometry.h"
#include "tensor/zip.h"

namespace faltung {
namespace {

using epilogue::Rows;

// Bytes from element to element in a row of each operand, in the order in which they are zipped.
struct Steps {
  std::int64_t to, sums, z, bias;
};

Strided<const std::byte> bytes_of(const void* data, Dims strides, std::int64_t element) {
  for (std::int64_t& stride : strides) stride *= element;
  return {static_cast<const std::byte*>(data), strides};
}

// Stores rows, whose addresses it is given one after the other.
class RowStore {
 public:
  RowStore(const ConvProblem& problem, const TensorView& result, double alpha)
      : store_(epilogue::store_rows_for(result.dtype, problem.written().dtype)),
        sum_bytes_(static_cast<std::int64_t>(size_of(result.dtype))),
        stored_bytes_(static_cast<std::int64_t>(size_of(problem.written().dtype))) {
    all_.alpha = alpha;
    all_.accumulate = problem.accumulate;
    all_.activation = problem.epilogue.activation;
  }

  void store(Rows row, const Steps& steps) const {
    row.to_step = steps.to / stored_bytes_;
    row.bias_step = row.bias && steps.bias != 0 ? 1 : 0;
    const bool apart = row.count > 1 && steps.sums != sum_bytes_;
    if (!apart && (row.bias_step == 0 || steps.bias == stored_bytes_)) return store_(row);
    store_gathered(row, steps);
  }

  const Rows& all() const { return all_; }

 private:
  // Sums, or numbers of the bias, that are no neighbours.
  void store_gathered(const Rows& row, const Steps& steps) const {
    constexpr std::int64_t most = 64;
    alignas(64) std::byte sums[most * 16], bias[most * 16];
    for (std::int64_t i = 0; i < row.count; i += most) {
      Rows part = row;
      part.count = std::min(most, row.count - i);
      part.to = static_cast<std::byte*>(row.to) + i * steps.to;
      if (row.z) part.z = static_cast<const std::byte*>(row.z) + i * steps.z;
      part.sums = gather(row.sums, i, part.count, steps.sums, sum_bytes_, sums);
      if (row.bias_step) part.bias = gather(row.bias, i, part.count, steps.bias, stored_bytes_, bias);
      store_(part);
    }
  }

  static const std::byte* gather(const void* from, std::int64_t first, std::int64_t count, std::int64_t step,
                                 std::int64_t bytes, std::byte* to) {
    for (std::int64_t i = 0; i < count; ++i)
      std::memcpy(to + i * bytes, static_cast<const std::byte*>(from) + (first + i) * step,
                  static_cast<std::size_t>(bytes));
    return to;
  }

  epilogue::StoreRows store_;
  std::int64_t sum_bytes_, stored_bytes_;
  Rows all_;
};

}  // namespace

void store_result_on_cpu(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                         const Execution& execution) {
  const Operand& written = problem.written();
  const Dims none = Dims::filled(result.rank(), 0);
  Dims per_channel = none;
  per_channel[1] = result.size(2);
  per_channel[2] = 1;
  const auto element = static_cast<std::int64_t>(size_of(written.dtype));
  const auto optional = [&](bool is_there, const void* data, const Dims& strides) {
    return is_there ? bytes_of(data, strides, element) : bytes_of(nullptr, none, element);
  };
  const RowStore rows(problem, result, operands.alpha);
  const auto store_row = [&](std::int64_t length, const std::array<std::int64_t, 4>& steps, const std::byte* to,
                             const std::byte* sums, const std::byte* z, const std::byte* bias) {
    Rows row = rows.all();
    row.count = length;
    row.sums = sums;
    row.to = const_cast<std::byte*>(to);
    row.z = z;
    row.bias = bias;
    rows.store(row, {steps[0], steps[1], steps[2], steps[3]});
  };
  zip_rows(execution, result.sizes, store_row,
           bytes_of(operands.get(written_role(problem.pass)), written.strides, element),
           bytes_of(result.data, result.strides, static_cast<std::int64_t>(size_of(result.dtype))),
           optional(problem.epilogue.add, operands.z, written.strides),
           optional(problem.epilogue.bias, operands.bias, per_channel));
}

}  // namespace faltung

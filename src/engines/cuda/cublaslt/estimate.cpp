#include "engines/cuda/cublaslt/estimate.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"

namespace faltung::cuda_cublaslt {
namespace {

// What a multiprocessor computes at a time, and the share of its rate that it reaches there: small tiles read more.
struct Tile {
  std::int64_t rows, columns;
  double share;
};
constexpr Tile tiles[] = {{256, 128, 1.0}, {128, 128, 0.95}, {128, 64, 0.8}, {64, 64, 0.65}, {64, 32, 0.4}};
constexpr std::int64_t step = 32;         // products that a tile adds at a time
constexpr std::int64_t most_splits = 32;  // of a long sum, so that every multiprocessor has a part

// The share of the ceiling that large products reach on an H200.
double efficiency_of(DType type, bool tf32) {
  if (type == DType::f64) return 0.75;
  if (type == DType::f32) return tf32 ? 0.38 : 0.8;
  return 0.72;
}

// Tensor cores are fed 16 bytes at a time. Where columns do not start so, numbers are loaded one by one.
bool is_aligned(const ConvProblem& p, const Matrix& matrix) {
  const Operand& operand = p.operand(matrix.role);
  const auto bytes = [&](std::int64_t numbers) { return numbers * static_cast<std::int64_t>(size_of(operand.dtype)); };
  return operand.alignment >= 16 && bytes(matrix.leading) % 16 == 0 && bytes(matrix.batch_stride) % 16 == 0;
}

double unaligned_share(const ConvProblem& p, const Matmul& matmul) {
  const DType type = type_read(p);
  if (type == DType::f64 || (type == DType::f32 && !p.numerics.tf32)) return 1;
  return is_aligned(p, matmul.a) && is_aligned(p, matmul.b) && is_aligned(p, matmul.d) ? 1 : 0.3;
}

// Batches of images in TF32 take as long as cuDNN's convolutions, or longer, whatever bounds them.
double batch_share(const ConvProblem& p, const Matmul& matmul) {
  return type_read(p) == DType::f32 && p.numerics.tf32 && matmul.batch > 1 ? 1.3 : 1;
}

double ceiling_for(const ConvProblem& p, const DeviceInfo& device) {
  const DType type = type_read(p);
  const double vector = device.ceiling(type == DType::f64 ? DType::f64 : DType::f32, Unit::vector);
  if (type == DType::f32 && !p.numerics.tf32) return vector;
  return std::max(vector, device.ceiling(type, Unit::matrix));
}

// Memory is read in sectors of 32 bytes, of which the columns of narrow groups fill a part.
double sectors_per_bytes(const ConvProblem& p, const Matmul& matmul) {
  double most = 1;
  for (const Matrix& matrix : {matmul.a, matmul.b, matmul.d})
    if (matrix.leading > matrix.rows)
      most = std::max(
          most, 32.0 / static_cast<double>(matrix.rows) / static_cast<double>(size_of(p.operand(matrix.role).dtype)));
  return most;
}

// Whole tiles, and as many rounds as the busiest multiprocessor has.
double flops_with(const Tile& tile, std::int64_t splits, const Matmul& matmul, std::int64_t processors) {
  const std::int64_t parts = ceil_div(matmul.m, tile.rows) * ceil_div(matmul.n, tile.columns) * matmul.batch * splits;
  const std::int64_t rounds = ceil_div(parts, processors), depth = ceil_div(ceil_div(matmul.k, splits), step) * step;
  return 2.0 * static_cast<double>(rounds) * static_cast<double>(processors) *
         static_cast<double>(tile.rows * tile.columns) * static_cast<double>(depth) / tile.share;
}

}  // namespace

double seconds_of(const ConvProblem& p, const Matmul& matmul, const DeviceInfo& device) {
  const double results =
      static_cast<double>(matmul.m) * static_cast<double>(matmul.n) * static_cast<double>(matmul.batch);
  double best = std::numeric_limits<double>::infinity();
  for (const Tile& tile : tiles)
    for (std::int64_t splits = 1; splits <= std::min(most_splits, ceil_div(matmul.k, std::int64_t{64})); splits *= 2) {
      const double partial_sums = splits > 1 ? 8.0 * results * static_cast<double>(splits) : 0;  // written and read
      const Estimate estimate{.flops = flops_with(tile, splits, matmul, std::max(device.sm_count, 1)),
                              .ceiling = ceiling_for(p, device),
                              .efficiency = efficiency_of(type_read(p), p.numerics.tf32) * unaligned_share(p, matmul),
                              .bytes = bytes_of(p) * 1.05 * sectors_per_bytes(p, matmul) + partial_sums,
                              .overhead_seconds = splits > 1 ? 7e-6 : 5e-6};
      best = std::min(best, batch_share(p, matmul) * estimate.seconds(device));
    }
  return best;
}

}  // namespace faltung::cuda_cublaslt

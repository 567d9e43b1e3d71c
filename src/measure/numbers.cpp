#include "measure/numbers.h"

#include <algorithm>
#include <random>
#include <vector>

namespace faltung {
namespace {

constexpr std::int64_t period = 1 << 16;

std::vector<float> random_numbers(std::size_t count, bool integers) {
  std::vector<float> numbers(count);
  std::minstd_rand next;
  std::uniform_real_distribution<float> number(integers ? -2.4F : -1.0F, integers ? 2.4F : 1.0F);
  for (float& each : numbers) each = number(next);
  return numbers;
}

std::vector<float> whole_numbers(std::size_t count) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<float>(static_cast<int>(i * 7 % 5) - 2);
  return numbers;
}

}  // namespace

Tensor filled(Filling filling, std::int64_t count, DType dtype, Device device) {
  std::int64_t done = std::min(count, period);
  const auto first = static_cast<std::size_t>(done);
  std::vector<float> pattern =
      filling == Filling::random ? random_numbers(first, is_integer(dtype)) : whole_numbers(first);
  Tensor tensor = Tensor::empty({count}, dtype, MemoryFormat::contiguous, device);
  copy(TensorView::of(pattern.data(), {done}), tensor.narrow(0, 0, done));
  for (; done < count; done *= 2) {  // doubles the part already filled: on a GPU this needs no transfer from the host
    const std::int64_t length = std::min(count - done, done);
    copy(tensor.narrow(0, 0, length), tensor.narrow(0, done, length));
  }
  return tensor;
}

}  // namespace faltung

#include "engines/cpu/fft/schedule.h"

#include "compose/composite_plan.h"

namespace faltung::cpu_fft {

Schedule schedule_of(const Block& block, std::int64_t number_bytes, std::int64_t scratch_numbers, int threads) {
  constexpr std::size_t most_alone = std::size_t{128} << 20;
  const auto bytes = [&](std::int64_t numbers) { return whole_lines(Checked(numbers) * number_bytes); };
  Schedule schedule{.a_bytes = bytes(block.a_numbers()), .b_bytes = bytes(block.b_numbers())};
  schedule.c_bytes = bytes(block.c_numbers()), schedule.scratch_bytes = bytes(scratch_numbers);
  if (!block.gradient) schedule.prepared_bytes = static_cast<std::size_t>(block.weight_blocks()) * schedule.b_bytes;
  const bool enough = block.weight_blocks() >= 2 * threads;
  schedule.alone = threads == 1 || (enough && static_cast<std::size_t>(threads) * schedule.block_bytes() <= most_alone);
  return schedule;
}

}  // namespace faltung::cpu_fft

#include "fuzz/hostile.h"

#include <sys/resource.h>

#include <new>

#include "faltung/context.h"

#if defined(__SANITIZE_ADDRESS__)
#define FALTUNG_FUZZ_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FALTUNG_FUZZ_ASAN 1
#endif
#endif

#ifdef FALTUNG_FUZZ_ASAN  // which reserves terabytes of addresses and has a limit of its own
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1:max_allocation_size_mb=1024"; }
#endif

namespace faltung::fuzz {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t most_elements = 1 << 12, most_bytes = 1 << 20;
constexpr Wide address_limit = Wide{1} << 60;

struct Reach {
  Wide low = 0, high = 0, count = 1;  // bytes from element 0, elements
};

Reach reach_of(const Dims& sizes, const Dims& strides, DType dtype) {
  const auto bytes = static_cast<Wide>(size_of(dtype));
  Reach reach{.high = bytes};
  for (int axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] <= 0) return {.count = 0};
    const Wide step = static_cast<Wide>(sizes[axis] - 1) * strides[axis];
    if (step > address_limit || step < -address_limit || reach.count > address_limit)
      return {.high = 2 * address_limit, .count = 2 * address_limit};
    (step < 0 ? reach.low : reach.high) += step * bytes;
    reach.count *= sizes[axis];
  }
  return reach;
}

Dims strides_of(Choices& choices, const Dims& sizes) {
  const int kind = choices.seldom() ? choices.between(4, 6) : choices.between(0, 3);
  if (kind <= 3) {
    try {
      return dense_strides(sizes, kind == 3 ? MemoryFormat::channels_last : MemoryFormat::contiguous);
    } catch (const Error&) {  // there are none
    }
  }
  Dims strides = Dims::filled(sizes.size(), 0);
  if (kind == 5)
    for (std::int64_t& stride : strides) stride = choices.between(-4, 9);
  if (kind == 6)
    for (std::int64_t& stride : strides) stride = number(choices);
  return strides;
}

void limit_memory() {
#ifndef FALTUNG_FUZZ_ASAN
  const rlimit limit{.rlim_cur = rlim_t{1} << 30, .rlim_max = RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &limit);
#endif
}

}  // namespace

int run_hostile(const std::uint8_t* data, std::size_t size, void (*call)(Choices&)) {
  static const bool once = (limit_memory(), true);
  static_cast<void>(once);
  Choices choices = Choices::endless({data, size});
  choices.allow_mishaps(choices.between(0, 3));
  try {
    call(choices);
  } catch (const Error&) {
  } catch (const std::bad_alloc&) {
  }
  return 0;
}

bool has_memory(const TensorView& view) {
  const Reach reach = reach_of(view.sizes, view.strides, view.dtype);
  return reach.high - reach.low <= most_bytes && reach.count <= most_elements;
}

std::int64_t number(Choices& choices) {
  if (!choices.seldom()) return choices.between(0, 5);
  const std::int64_t power = std::int64_t{1} << choices.between(0, 62);
  return choices.pick<std::int64_t>({-1, power, power - 1, power + 1, -power, INT64_MAX, INT64_MIN, 17, 300});
}

Dims disturbed(Choices& choices, Dims sizes) {
  if (choices.seldom() && sizes.size() > 0) sizes.erase(choices.between(0, sizes.size() - 1));
  if (choices.seldom() && sizes.size() < max_rank) sizes.insert(choices.between(0, sizes.size()), number(choices));
  if (choices.seldom() && sizes.size() > 0) sizes[choices.between(0, sizes.size() - 1)] = number(choices);
  return sizes;
}

double count_of(const Dims& sizes) {
  double count = 1;
  for (const std::int64_t size : sizes) count *= static_cast<double>(size);
  return count;
}

DType dtype(Choices& choices) {
  return choices.seldom() ? DType::boolean : static_cast<DType>(choices.between(0, static_cast<int>(DType::i64)));
}

Policy policy(Choices& choices) {
  static const std::vector<EngineInfo> engines = default_context().engines();
  const auto engine = [&] {
    return engines[static_cast<std::size_t>(choices.between(0, static_cast<int>(engines.size()) - 1))].name;
  };
  Policy policy{.threads = choices.seldom() ? 2 : 1};
  if (choices.between(0, 7) == 7) policy.only = choices.seldom() ? "cpu.nothing" : engine();
  if (choices.between(0, 3) == 3) policy.without = {engine(), engine()};
  if (choices.between(0, 3) == 3) policy.workspace_limit = static_cast<std::size_t>(1) << choices.between(0, 20);
  if (choices.seldom()) policy.effort = Effort::TunedOnly;
  return policy;
}

void* Views::block(std::size_t bytes, std::size_t start) {
  return blocks_.emplace_back(std::max<std::size_t>(bytes, 1)).data() + start;
}

void* Views::memory_for(const Dims& sizes, const Dims& strides, DType dtype, bool misaligned) {
  const Reach reach = reach_of(sizes, strides, dtype);
  const bool addressable = reach.high - reach.low <= address_limit && reach.count <= address_limit;
  if (reach.count == 0 || !addressable) return block(1, 0);
  if (reach.high - reach.low > most_bytes || reach.count > most_elements) return nullptr;
  const auto start = static_cast<std::size_t>(-reach.low) + (misaligned ? 1 : 0);
  return block(start + static_cast<std::size_t>(reach.high), start);
}

TensorView Views::make(Choices& choices, const Dims& sizes, DType dtype) {
  if (choices.seldom()) return {};
  if (choices.seldom()) dtype = fuzz::dtype(choices);
  const Dims strides = strides_of(choices, sizes);
  void* const data = choices.seldom() ? nullptr : memory_for(sizes, strides, dtype, choices.seldom());
  TensorView view(data, dtype, sizes, strides);
  view.conjugate = choices.seldom();
  return view;
}

}  // namespace faltung::fuzz

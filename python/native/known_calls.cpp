#include "known_calls.h"

#include <atomic>
#include <bit>
#include <cstdint>

namespace faltung::python {
namespace {

struct Entry {  // made by emplace()
  Entry(const CallKey& its_key, const KnownCall& its_call, std::uint64_t now)
      : key(its_key), call(its_call), generation(now) {}

  CallKey key;
  KnownCall call;
  std::uint64_t generation;
};

std::atomic<std::uint64_t> generation{0};

struct Slot {
  std::atomic_flag taken;
  std::optional<Entry> entry;
};

constexpr std::size_t slot_count = 64;
using Slots = std::array<Slot, slot_count>;

Slots& slots() {
  static Slots& all = *new Slots;  // never destroyed: calls may come while the interpreter ends
  return all;
}

// Holds a slot unless another thread does; in a forked child one may be held for ever.
class Hold {
 public:
  explicit Hold(Slot& slot) : slot_(slot), held_(!slot.taken.test_and_set(std::memory_order_acquire)) {}
  ~Hold() {
    if (held_) slot_.taken.clear(std::memory_order_release);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  explicit operator bool() const noexcept { return held_; }

 private:
  Slot& slot_;
  bool held_;
};

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  return std::rotl((hash ^ value) * 0x9E3779B97F4A7C15U, 29);
}

Slot& slot_of(const CallKey& key) {
  std::uint64_t hash = static_cast<std::uint64_t>(key.groups) + (key.transposed ? 1U << 16 : 0U) +
                       (static_cast<std::uint64_t>(key.result) << 17);
  for (const std::size_t array : {0U, 1U})
    for (const std::int64_t extent : key.arrays[array].sizes) hash = mixed(hash, static_cast<std::uint64_t>(extent));
  return slots()[hash % slot_count];
}

CallKey::Array described(const TensorView& view) {
  return {view.sizes, view.strides, view.dtype, view.conjugate, view.defined, alignment_of(view.data)};
}

bool is_plain(const TensorView& bias) {
  return !bias.defined || (bias.rank() == 1 && bias.strides[0] == 1 && !bias.conjugate);
}

bool is_usual(const Policy& policy) {
  return policy.only.empty() && policy.without.empty() && policy.effort == Effort::Estimate && !policy.workspace_limit;
}

}  // namespace

std::uint8_t alignment_of(const void* data) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  return static_cast<std::uint8_t>(std::min<std::uintptr_t>(address & (~address + 1), Operand::max_alignment));
}

std::optional<CallKey> key_of(const TensorView& input, const TensorView& weight, const TensorView& bias,
                              const ConvOptions& options, int rank) {
  if (!is_plain(bias)) return std::nullopt;
  return key_of({&input, &weight, &bias}, Result::output, options, rank);
}

std::optional<CallKey> key_of(const std::array<const TensorView*, 3>& views, Result result, const ConvOptions& options,
                              int rank) {
  const Device device = views[0]->device;
  for (const TensorView* view : views)
    if (view->defined && view->device != device) return std::nullopt;
  if (!is_usual(options.policy)) return std::nullopt;
  CallKey key{.result = result,
              .arrays = {described(*views[0]), described(*views[1]), described(*views[2])},
              .stride = options.stride.values(),
              .dilation = options.dilation.values(),
              .output_padding = options.output_padding.values(),
              .groups = options.groups,
              .padding = options.padding.mode(),
              .transposed = options.transposed,
              .padding_mode = options.padding_mode,
              .numerics = options.numerics,
              .threads = options.policy.threads,
              .rank = rank,
              .device = device};
  for (int axis = 0; axis < options.padding.size(); ++axis) {
    key.low.push_back(options.padding.low(axis));
    key.high.push_back(options.padding.high(axis));
  }
  return key;
}

Tensor KnownCall::make_result(void* stream) const {
  return Tensor::empty(sizes, dtype, format, device, Stream{device, stream});
}

bool KnownCall::writes(const TensorView& out) const {
  return out.device == device && out.dtype == dtype && !out.conjugate && out.sizes == sizes &&
         out.is_contiguous(format) && alignment_of(out.data) == Operand::max_alignment;
}

std::optional<KnownCall> find_known(const CallKey& key) {
  Slot& slot = slot_of(key);
  const Hold hold(slot);
  if (!hold || !slot.entry || slot.entry->generation != generation.load() || slot.entry->key != key)
    return std::nullopt;
  return slot.entry->call;
}

void keep_known(const CallKey& key, const KnownCall& call, std::uint64_t now) {
  Slot& slot = slot_of(key);
  if (const Hold hold(slot); hold) slot.entry.emplace(key, call, now);
}

std::uint64_t known_generation() noexcept { return generation.load(); }

void forget_known() noexcept { ++generation; }

}  // namespace faltung::python

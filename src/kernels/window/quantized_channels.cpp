#include "kernels/window/quantized_channels.h"

#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/quantized_channels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

class ChannelSums {
 public:
  HWY_INLINE ChannelSums(const TapsOfChannels& all, std::int32_t* to) : all_(all), to_(to) {}

  HWY_INLINE void sum_all() const {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(Sums()));
    std::int64_t first = 0;
    for (; first + 4 * lanes <= all_.channels; first += 4 * lanes) sum_four(first, lanes);
    for (; first + lanes <= all_.channels; first += lanes) sum_one(first);
    for (; first < all_.channels; ++first) sum_channel(first);
  }

 private:
  using Sums = hn::ScalableTag<std::int32_t>;
  using Numbers = hn::Rebind<std::int16_t, Sums>;
  using V = hn::Vec<Sums>;

  HWY_INLINE V product(const std::int16_t* x, const std::int16_t* w) const {
    const Sums d;
    return hn::Mul(hn::PromoteTo(d, hn::LoadU(Numbers(), x)), hn::PromoteTo(d, hn::LoadU(Numbers(), w)));
  }

  // As many as hide what a multiplication takes.
  HWY_INLINE void sum_four(std::int64_t first, std::int64_t lanes) const {
    const Sums d;
    V a = hn::Zero(d), b = a, c = a, e = a;
    for (std::int64_t tap = 0; tap < all_.taps; ++tap) {
      const std::int16_t *x = all_.x + all_.offsets[tap] + first, *w = all_.w + tap * all_.channels + first;
      a = hn::Add(a, product(x, w));
      b = hn::Add(b, product(x + lanes, w + lanes));
      c = hn::Add(c, product(x + 2 * lanes, w + 2 * lanes));
      e = hn::Add(e, product(x + 3 * lanes, w + 3 * lanes));
    }
    hn::StoreU(a, d, to_ + first), hn::StoreU(b, d, to_ + first + lanes);
    hn::StoreU(c, d, to_ + first + 2 * lanes), hn::StoreU(e, d, to_ + first + 3 * lanes);
  }

  HWY_INLINE void sum_one(std::int64_t first) const {
    V sum = hn::Zero(Sums());
    for (std::int64_t tap = 0; tap < all_.taps; ++tap)
      sum = hn::Add(sum, product(all_.x + all_.offsets[tap] + first, all_.w + tap * all_.channels + first));
    hn::StoreU(sum, Sums(), to_ + first);
  }

  HWY_INLINE void sum_channel(std::int64_t c) const {
    std::uint32_t sum = 0;  // which wraps
    for (std::int64_t tap = 0; tap < all_.taps; ++tap)
      sum += static_cast<std::uint32_t>(all_.x[all_.offsets[tap] + c] * all_.w[tap * all_.channels + c]);
    to_[c] = static_cast<std::int32_t>(sum);
  }

  const TapsOfChannels& all_;
  std::int32_t* to_;
};

void sum_taps(const TapsOfChannels& taps, std::int32_t* sums) { ChannelSums(taps, sums).sum_all(); }

SumTapsOfChannels kernel() { return &sum_taps; }

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(kernel);

SumTapsOfChannels sum_taps_of_channels() { return HWY_DYNAMIC_DISPATCH(kernel)(); }

}  // namespace faltung::window
#endif

#include <algorithm>
#include <type_traits>

#include "base/quantize.h"
#include "kernels/epilogue/store_rows.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/epilogue/store_quantized.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// As base/quantize.h has it, bit for bit, a vector at a time.
template <class Stored>
class QuantizedRows {
 public:
  HWY_INLINE explicit QuantizedRows(const Rows& rows) : rows_(rows) {}

  HWY_INLINE void store_all() const {
    for (std::int64_t row = 0; row < rows_.rows; ++row) {
      std::int64_t i = 0;
      if (rows_.to_step == 1)
        for (; i + lanes() <= rows_.count; i += lanes()) store(result(row, i), to(row, i));
      for (; i < rows_.count; i += lanes()) store_some(row, i, std::min(lanes(), rows_.count - i));
    }
  }

 private:
  using Sums = hn::ScalableTag<std::int32_t>;
  using Floats = hn::Rebind<float, Sums>;

  static HWY_INLINE std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(Sums())); }

  HWY_INLINE Stored* to(std::int64_t row, std::int64_t i) const {
    return static_cast<Stored*>(rows_.to) + row * rows_.to_stride + i * rows_.to_step;
  }
  template <class T>
  HWY_INLINE const T* of_channel(const void* all, std::int64_t row, std::int64_t i) const {
    return static_cast<const T*>(all) + row * rows_.bias_stride + i * rows_.bias_step;
  }
  template <class D, class T = hn::TFromD<D>>
  HWY_INLINE hn::Vec<D> load(D d, const T* from) const {
    return rows_.bias_step ? hn::LoadU(d, from) : hn::Set(d, *from);
  }

  HWY_INLINE hn::Vec<Floats> result(std::int64_t row, std::int64_t i) const {
    const auto* sums = static_cast<const std::int32_t*>(rows_.sums) + row * rows_.sums_stride + i;
    const std::int32_t* bias = rows_.bias ? of_channel<std::int32_t>(rows_.bias, row, i) : nullptr;
    return result_of(sums, bias, of_channel<float>(rows_.scale, row, i));
  }
  HWY_INLINE hn::Vec<Floats> result_of(const std::int32_t* sums, const std::int32_t* bias, const float* scale) const {
    auto sum = hn::LoadU(Sums(), sums);
    if (bias) sum = hn::Add(sum, load(Sums(), bias));
    if (rows_.activation == Activation::relu) sum = hn::Max(sum, hn::Zero(Sums()));
    return hn::Mul(hn::ConvertTo(Floats(), sum), load(Floats(), scale));
  }

  HWY_INLINE void store(hn::Vec<Floats> value, Stored* to) const {
    if constexpr (std::is_same_v<Stored, float>) {
      hn::StoreU(value, Floats(), to);
    } else {
      constexpr ZeroRange range = zero_range(dtype_of<Stored>);
      const auto low = hn::Set(Floats(), static_cast<float>(range.low - rows_.zero));
      const auto high = hn::Set(Floats(), static_cast<float>(range.high - rows_.zero));
      const auto whole = hn::NearestInt(hn::Min(hn::Max(value, low), high));
      const hn::Rebind<Stored, Sums> narrow;
      hn::StoreU(hn::DemoteTo(narrow, hn::Add(whole, hn::Set(Sums(), rows_.zero))), narrow, to);
    }
  }

  // Fewer than a vector, or elements that are no neighbours.
  HWY_INLINE void store_some(std::int64_t row, std::int64_t first, std::int64_t count) const {
    constexpr std::size_t most = HWY_MAX_BYTES / sizeof(std::int32_t);
    std::int32_t sums[most] = {}, bias[most] = {};
    float scale[most] = {};
    Stored stored[most];
    for (std::int64_t i = 0; i < count; ++i) {
      sums[i] = static_cast<const std::int32_t*>(rows_.sums)[row * rows_.sums_stride + first + i];
      if (rows_.bias) bias[i] = *of_channel<std::int32_t>(rows_.bias, row, first + i);
      scale[i] = *of_channel<float>(rows_.scale, row, first + i);
    }
    if (!rows_.bias_step) std::fill_n(bias, most, bias[0]), std::fill_n(scale, most, scale[0]);
    store(result_of(sums, bias, scale), stored);
    for (std::int64_t i = 0; i < count; ++i) *to(row, first + i) = stored[i];
  }

  const Rows& rows_;
};

template <class Stored>
void store_quantized(const Rows& rows) {
  QuantizedRows<Stored>(rows).store_all();
}

StoreRows stores_quantized(DType stored) {
  if (stored == DType::i8) return &store_quantized<std::int8_t>;
  return stored == DType::u8 ? &store_quantized<std::uint8_t> : &store_quantized<float>;
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::epilogue {

HWY_EXPORT(stores_quantized);

StoreRows store_quantized_rows_for(DType stored) {
  if (stored == DType::i32) return store_rows_for(DType::i32, DType::i32);
  return HWY_DYNAMIC_DISPATCH(stores_quantized)(stored);
}

}  // namespace faltung::epilogue
#endif

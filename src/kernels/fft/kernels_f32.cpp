#include "kernels/fft/kernels.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fft/kernels_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/fft/spectrum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::fft::HWY_NAMESPACE {
namespace {
const FftKernels<float>& kernels_f32() { return kernels<float>(); }
}  // namespace
}  // namespace faltung::fft::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::fft {

HWY_EXPORT(kernels_f32);

template <>
const FftKernels<float>& fft_kernels() {
  return HWY_DYNAMIC_DISPATCH(kernels_f32)();
}

}  // namespace faltung::fft
#endif

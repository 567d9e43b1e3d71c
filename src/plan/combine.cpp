#include "plan/combine.h"

#include "plan/cuda/combine.h"
#include "tensor/zip.h"

namespace faltung {
namespace {

template <class T>
void combine_as(const TensorView& out, std::span<const Term> terms, int threads) {
  const Strided<T> to{out.as<T>(), out.strides};
  const auto from = [&](std::size_t i) { return Strided<const T>{terms[i].view.as<const T>(), terms[i].view.strides}; };
  const auto sign = [&](std::size_t i) { return static_cast<T>(terms[i].sign); };
  if (terms.size() == 1)
    zip(
        out.sizes, threads, [s = sign(0)](T& o, const T& a) { o = s * a; }, to, from(0));
  else if (terms.size() == 2)
    zip(
        out.sizes, threads, [s = sign(0), t = sign(1)](T& o, const T& a, const T& b) { o = s * a + t * b; }, to,
        from(0), from(1));
  else if (terms.size() == 3)
    zip(
        out.sizes, threads,
        [s = sign(0), t = sign(1), u = sign(2)](T& o, const T& a, const T& b, const T& c) {
          o = s * a + t * b + u * c;
        },
        to, from(0), from(1), from(2));
  else
    zip(
        out.sizes, threads,
        [s = sign(0), t = sign(1), u = sign(2), v = sign(3)](T& o, const T& a, const T& b, const T& c, const T& d) {
          o = s * a + t * b + u * c + v * d;
        },
        to, from(0), from(1), from(2), from(3));
}

}  // namespace

void combine(const TensorView& out, std::initializer_list<Term> terms, int threads, const Stream& stream) {
  const std::span<const Term> all(terms.begin(), terms.size());
  if (stream.device.type == DeviceType::cuda) return cuda::combine(out, all, stream);
  if (out.dtype == DType::f32)
    combine_as<float>(out, all, threads);
  else
    combine_as<double>(out, all, threads);
}

}  // namespace faltung

// Made by tools/fit_activations.
#pragma once

namespace faltung::epilogue {

// exponential: (e^r − 1 − r) / r² for |r| ≤ ln(2) / 2. tail: (a + c) · e^(a²/2) · Φ(−a) in t = (a − c) / (a + c), c the
// centre, Φ the normal distribution. Coefficients begin with the highest power. ln2_high has so few bits that its
// products with exponents are exact. Beyond the limits functions are constant: tails are zero, tanh is one.
template <class T>
struct Constants;

template <>
struct Constants<float> {
  static constexpr int mantissa_bits = 23;
  static constexpr float log2_e = 0x1.715476p+0F;
  static constexpr float ln2_high = 0x1.62e4p-1F;
  static constexpr float ln2_low = 0x1.7f7d1cp-20F;
  static constexpr float logistic_limit = 0x1.ap+6F;
  static constexpr float tanh_limit = 0x1.4p+3F;
  static constexpr float gelu_limit = 0x1.dp+3F;
  static constexpr float exponential[] = {0x1.a12a42p-13F, 0x1.6d492p-10F, 0x1.1110ep-7F,
                                          0x1.5554e4p-5F,  0x1.555556p-3F, 0x1p-1F};
  static constexpr float tail_centre = 0x1.8p+1F;
  static constexpr float tail[] = {0x1.d05c08p-15F, 0x1.172f6ep-13F, -0x1.0076a8p-12F, -0x1.0f1d78p-10F,
                                   0x1.0c7896p-10F, 0x1.c8c61p-8F,   -0x1.56d414p-7F,  -0x1.832d2ap-5F,
                                   0x1.d71382p-3F,  -0x1.04c72ap-1F, 0x1.754a76p-1F};
};

template <>
struct Constants<double> {
  static constexpr int mantissa_bits = 52;
  static constexpr double log2_e = 0x1.71547652b82fep+0;
  static constexpr double ln2_high = 0x1.62e42fefa3p-1;
  static constexpr double ln2_low = 0x1.3de6af278ece6p-42;
  static constexpr double logistic_limit = 0x1.75p+9;
  static constexpr double tanh_limit = 0x1.4p+4;
  static constexpr double gelu_limit = 0x1.359999999999ap+5;
  static constexpr double exponential[] = {0x1.1f75aba0b1e2ep-29,
                                           0x1.af52906239de4p-26,
                                           0x1.27e4da1a3bf04p-22,
                                           0x1.71ddffef9e7b1p-19,
                                           0x1.a01a01a741b3cp-16,
                                           0x1.a01a01aca0134p-13,
                                           0x1.6c16c16c16212p-10,
                                           0x1.111111110ff87p-7,
                                           0x1.5555555555556p-5,
                                           0x1.5555555555557p-3,
                                           0x1p-1};
  static constexpr double tail_centre = 0x1.4p+2;
  static constexpr double tail[] = {
      -0x1.a3b0ae2f2f7c4p-32, -0x1.3f3e2d062df38p-30, 0x1.312170b4d3833p-29, 0x1.7304c1a9d8c75p-27,
      -0x1.25e430b7db6bcp-27, -0x1.2d41c5d8917a4p-24, 0x1.591a44b3be0bdp-25, 0x1.d476cc3b909b7p-22,
      -0x1.673e811d0df3ep-22, -0x1.73e12f591498dp-19, 0x1.0b1484957edd9p-18, 0x1.17df180e0542ap-16,
      -0x1.a1700f8976601p-15, -0x1.f21493360a921p-15, 0x1.1daf1ad3f4a93p-11, -0x1.a25037780c59fp-11,
      -0x1.88590e97fad6dp-9,  0x1.54b4d4f48ac0ep-6,   -0x1.1b1c254ca42bcp-4, 0x1.51f6329f01b9fp-3,
      -0x1.410ed5f875946p-2,  0x1.fb31653876f89p-2,   -0x1.54ad03f27ca18p-1, 0x1.89d3abe1f95aep-1};
};

}  // namespace faltung::epilogue

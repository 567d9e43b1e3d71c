// Blurs a picture of one colour and four by four pixels and prints the result.
#include <faltung/faltung.h>

#include <array>
#include <cstdio>

int main() {
  std::array<float, 16> pixels{0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::array<float, 9> blur{1, 2, 1, 2, 4, 2, 1, 2, 1};
  for (float& weight : blur) weight /= 16;

  const auto input = faltung::TensorView::of(pixels.data(), {1, 1, 4, 4});  // N C H W; the arrays stay ours
  const auto weight = faltung::TensorView::of(blur.data(), {1, 1, 3, 3});
  const faltung::Tensor output = faltung::conv2d(input, weight, {}, {.padding = faltung::PaddingMode::same});

  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) std::printf("%3g", output.as<float>()[4 * row + column]);
    std::printf("\n");
  }
  return output.as<float>()[5] == 4 ? 0 : 1;  // 16 · 4/16 stays on the bright pixel
}

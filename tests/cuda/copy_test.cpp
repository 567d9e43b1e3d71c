// Copies of contiguous rows on the device, movable as vectors: same result as on the host.
#include "cuda/gpu.h"

namespace faltung {
namespace {

struct Case {
  std::int64_t columns, first, row;  // columns to copy from rows of that size, starting at `first`
  bool repeated;                     // the same row for all
};

class CopyOnGpu : public test::Gpu, public testing::WithParamInterface<Case> {};

TEST_P(CopyOnGpu, MovesWhatItWouldOnTheHost) {
  const Case c = GetParam();
  constexpr std::int64_t rows = 5;
  const Tensor all = test::whole_numbers({rows, c.row}, 97);
  for (const DType dtype : {DType::i8, DType::bf16, DType::f32, DType::f64}) {
    const Tensor here = cast(all, dtype), there = Tensor::empty(here.sizes, dtype, MemoryFormat::contiguous, test::gpu);
    copy(here, there);
    const auto part = [&](const Tensor& tensor) {
      std::byte* const data =
          static_cast<std::byte*>(tensor.data) + c.first * static_cast<std::int64_t>(size_of(dtype));
      return TensorView(data, dtype, {rows, c.columns}, {c.repeated ? 0 : c.row, 1}, tensor.device);
    };
    const Tensor expected = Tensor::empty({rows, c.columns}, dtype);
    const Tensor result = Tensor::empty({rows, c.columns}, dtype, MemoryFormat::contiguous, test::gpu);
    copy(part(here), expected);
    copy(part(there), result);
    EXPECT_EQ(test::values(result), test::values(expected)) << name_of(dtype);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, CopyOnGpu,
                         testing::Values(Case{64, 0, 64, true}, Case{64, 0, 80, false}, Case{64, 4, 80, false},
                                         Case{24, 2, 34, false}, Case{33, 0, 48, false}, Case{32, 0, 33, false},
                                         Case{12, 1, 16, true}, Case{1, 3, 8, true}));

}  // namespace
}  // namespace faltung

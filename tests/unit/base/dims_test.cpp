#include "faltung/dims.h"

#include <gtest/gtest.h>

#include "faltung/conv_options.h"

namespace faltung {
namespace {

template <class Body>
void expect_refused(Body body) {
  try {
    body();
    ADD_FAILURE() << "an index that there is not was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_NE(std::string(error.what()).find("there is no axis"), std::string::npos) << error.what();
  }
}

TEST(Dims, RefuseAnIndexThatTheyDoNotHave) {
  Dims dims{4, 5};
  const Dims& same = dims;
  for (const int index : {-1, 2, 9, 1 << 30, INT_MIN}) {
    expect_refused([&] { return dims[index]; });
    expect_refused([&] { return same[index]; });
    expect_refused([&] { dims.erase(index); });
  }
  for (const int index : {-1, 3, 9}) expect_refused([&] { dims.insert(index, 1); });
  expect_refused([] { return Dims().back(); });
  EXPECT_EQ(dims, Dims({4, 5}));
}

TEST(Dims, OfViewsAndOptionsToo) {
  const TensorView view(nullptr, DType::f32, {2, 3}, {3, 1});
  for (const int axis : {-1, 2, 9}) {
    expect_refused([&] { return view.size(axis); });
    expect_refused([&] { return view.stride(axis); });
  }
  const PerAxis values{1, 2};
  const Padding padding{1, 2};
  expect_refused([&] { return values[2]; });
  expect_refused([&] { return padding.low(2); });
  expect_refused([&] { return padding.high(-1); });
  EXPECT_EQ(PerAxis(7)[2], 7);
}

}  // namespace
}  // namespace faltung

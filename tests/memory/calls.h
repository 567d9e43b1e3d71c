// Every public function, as a call that can be repeated and compared.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "faltung/context.h"
#include "faltung/tensor.h"

namespace faltung::test {

enum class Kind {
  computes,
  chooses,  // the result tells an engine: while memory is short it may be another one
  streams,  // goes through C++ streams, which may call want of memory an Io error
};

struct Call {
  std::string name;
  std::function<std::string(Context&)> run;  // the bits of its result; throws as the function does, C's status too
  Kind kind = Kind::computes;
  int step = 1;  // only every so many of its allocations are failed: it takes long
};

std::vector<Call> calls_of_functions();    // conv.h, conv_gradients.h, conv_quantized.h
std::vector<Call> calls_of_the_planner();  // problem.h, compile.h, context.h, explain.h, tune.h, verify.h, info.h, …
std::vector<Call> calls_of_tensors();      // tensor.h, io.h
std::vector<Call> calls_of_c();            // c.h

inline std::string bits_of(const TensorView& view) {
  const Tensor dense = clone(view);
  return {dense.as<const char>(), static_cast<std::size_t>(dense.numel()) * size_of(dense.dtype)};
}

// Small whole numbers in an array that is made once.
inline TensorView numbers(const Dims& sizes) {
  static float* const values = [] {
    static float all[2048];
    for (int i = 0; i < 2048; ++i) all[i] = static_cast<float>(i * 7 % 5 - 2);
    return all;
  }();
  return TensorView::of(values, sizes);
}

}  // namespace faltung::test

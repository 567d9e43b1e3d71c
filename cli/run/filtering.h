// A convolution, as it is or, if its weight has factors with half the taps or fewer, in a pass by each of them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "faltung/context.h"
#include "faltung/conv_options.h"

namespace faltung::cli {

struct Filtered {
  Tensor output;                      // on the host
  std::vector<ConvProblem> problems;  // one, or one for each pass
  std::vector<std::string> engines;   // of these
  double seconds = 0;

  // "cpu.window", or "cpu.window, 3 passes"
  std::string by() const;
};

// `parts` is the weight, or its factors (faltung/separable.h). With `whole` a weight is not separated. Operands lie on
// the context's device.
Filtered filtered(const Tensor& input, std::span<const Tensor> parts, const Tensor& bias, const ConvOptions& options,
                  bool whole, Context& context);

// Does it; what the library refuses by the name of its own function is then refused by that name.
Filtered in_words_of(const std::string& name, const std::function<Filtered()>& filter);

}  // namespace faltung::cli

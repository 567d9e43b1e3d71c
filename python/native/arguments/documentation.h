// Signatures and docstrings of the convolutions.
#pragma once

#include <string>
#include <string_view>

namespace faltung::python {

std::string conv_signature(std::string_view name);
std::string conv_transpose_signature(std::string_view name);
std::string convolution_signature();
std::string quantized_signature();
std::string backward_signature();
std::string problem_signature();
std::string double_backward_signature();

extern const char* const conv_text;
extern const char* const conv_transpose_text;
extern const char* const convolution_text;
extern const char* const quantized_text;
extern const char* const backward_text;
extern const char* const problem_text;
extern const char* const double_backward_text;

}  // namespace faltung::python

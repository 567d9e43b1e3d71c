// Signatures and docstrings of the convolutions.
#pragma once

#include <string>
#include <string_view>

namespace faltung::python {

std::string conv_signature(std::string_view name);
std::string conv_transpose_signature(std::string_view name);
std::string convolution_signature();

extern const char* const conv_text;
extern const char* const conv_transpose_text;
extern const char* const convolution_text;

}  // namespace faltung::python

// faltung run on a picture: a bank of depthwise filters.
#pragma once

#include <string>
#include <vector>

#include "faltung/context.h"

namespace faltung::cli {

struct PictureRun {
  std::string input;                 // empty: the picture that the program makes
  std::string output;                // a folder, or a .png file if one filter is chosen
  std::vector<std::string> filters;  // by name; empty: all
  Policy policy;
};

int run_picture(const PictureRun& run, Context& context);

}  // namespace faltung::cli

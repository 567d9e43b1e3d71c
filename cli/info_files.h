// faltung info FILE…: the arrays that files hold, whether or not they can be read.
#pragma once

#include <string>
#include <vector>

namespace faltung::cli {

int info_of_files(const std::vector<std::string>& files, bool json);

}  // namespace faltung::cli

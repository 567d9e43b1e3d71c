// How the stand-ins misbehave: FALTUNG_STANDIN has words, apart by spaces.
#pragma once

#include <cstdlib>
#include <string>

namespace standin {

inline bool asked_for(const std::string& word) {
  const char* words = std::getenv("FALTUNG_STANDIN");
  return words && (" " + std::string(words) + " ").find(" " + word + " ") != std::string::npos;
}

}  // namespace standin

#include "support/random_problem.h"

#include <cstdlib>
#include <iostream>

namespace faltung::test {

std::uint64_t seed() {
  const char* text = std::getenv("FALTUNG_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;
}

std::uint64_t announced_seed() {
  std::cout << "random problems from seed " << seed() << "; to repeat: FALTUNG_SEED=" << seed() << "\n";
  return seed();
}

}  // namespace faltung::test

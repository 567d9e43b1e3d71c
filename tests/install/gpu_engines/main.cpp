// Prints what the program has of CUDA, or why it has none.
#include <faltung/info.h>

#include <cstdio>

int main() {
  for (const faltung::LibraryReport& library : faltung::info().libraries)
    if (library.name == "CUDA") std::printf("CUDA %s: %s\n", library.version.c_str(), library.state.c_str());
}

#include <faltung/version.h>

#include <iostream>

int main() { std::cout << "Faltung " << faltung::version() << "\n"; }

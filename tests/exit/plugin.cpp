// A library that holds Faltung and may be closed.
#include "convolves.h"

extern "C" int plugin_works() { return faltung::test::everything_works(); }

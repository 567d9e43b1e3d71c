#include <stdexcept>

extern "C" void throw_something() { throw std::runtime_error("something"); }

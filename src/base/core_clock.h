// The clock of the running core. Virtual machines and many kernels do not tell it.
#pragma once

namespace faltung {

// Hz, to a quarter of a GHz, so that estimates are the same from run to run. Measured once, in about a millisecond,
// with a chain of dependent additions: one takes one cycle. 0 where that cannot be written down.
double core_hertz();

}  // namespace faltung

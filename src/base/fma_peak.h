// The multiply-add ceiling of the running processor, measured.
#pragma once

namespace faltung {

// FLOP/s of independent fused multiply-adds in the widest registers, all of `threads` threads busy for about `seconds`:
// the best of several rounds.
double fma_peak_f32(int threads, double seconds);
double fma_peak_f64(int threads, double seconds);

}  // namespace faltung

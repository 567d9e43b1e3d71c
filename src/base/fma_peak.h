// Measures the multiply-add throughput of this CPU.
#pragma once

namespace faltung {

// FLOP/s of independent fused multiply-adds in the widest vectors, with `threads` threads busy for about `seconds`: the
// best of several rounds.
double fma_peak_f32(int threads, double seconds);
double fma_peak_f64(int threads, double seconds);

}  // namespace faltung

// The processors that this process may use.
#pragma once

namespace faltung {

int processor_count() noexcept;

// The calling thread may run on all of them, whatever the thread that started it was tied to.
void use_all_processors() noexcept;

// More threads than this are of no use to anyone, and each needs its part of a workspace: 64, or 4 for each processor.
int most_thread_count() noexcept;

// FALTUNG_NUM_THREADS, else OMP_NUM_THREADS, else the number of processors; never more than are of use.
int default_thread_count() noexcept;

}  // namespace faltung
